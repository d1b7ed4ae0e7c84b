// @ts-check
/**
 * One call between two browsers: negotiation, watching what arrives, building anew when it stops.
 * Knows no element of the page and no socket: frames leave through `send` and come in by `receive`.
 *
 * One side offers. Every connection has an id; a new one is built beside the old one and takes its
 * place when it is connected, so that nothing is lost while trying.
 *
 * Events: `remote` (detail: MediaStream | null), `state` (detail: a State), `stall` (nothing
 * arrives: the socket is worth a probe), `report` (detail: {event, cause}).
 *
 * @typedef {import("./signaling.js").Frame} Frame
 * @typedef {"idle"|"connecting"|"connected"|"stalled"|"alone"} State
 */

const TICK_MS = 500;
const STALL_MS = 1_500;
const SILENT_MS = 4_000;
const GONE_MS = 5_000;
const PATIENCE_MS = 8_000;
const LONGEST_PATIENCE_MS = 20_000;
const ASK_MS = 2_000;
const HELLO_MS = 4_000;
const BATCH_MS = 40;
const MOST_KEPT = 64;

/** One peer connection, and what is known about it. */
class Peer {
  /**
   * @param {string} id
   * @param {string} session of the other side's page
   * @param {RTCConfiguration} configuration
   */
  constructor(id, session, configuration) {
    this.id = id;
    this.session = session;
    this.pc = new RTCPeerConnection(configuration);
    this.remote = new MediaStream();
    this.startedAt = performance.now();
    /** @type {Record<string, {packets: number, at: number}>} what arrived last, by kind */
    this.arrived = {};
    /** @type {RTCIceCandidateInit[]} theirs, until their description is here */
    this.early = [];
    /** @type {RTCIceCandidate[]} ours, until the batch leaves */
    this.batch = [];
    this.described = false;
  }

  /** @param {RTCSessionDescriptionInit} description */
  async describe(description) {
    await this.pc.setRemoteDescription(description);
    this.described = true;
    for (const candidate of this.early.splice(0)) await this.add(candidate);
  }

  /** @param {RTCIceCandidateInit} candidate */
  async add(candidate) {
    if (!this.described) this.early.push(candidate);
    else await this.pc.addIceCandidate(candidate).catch(() => {});
  }

  /** @param {MediaStream} local @param {boolean} live */
  async put(local, live) {
    for (const transceiver of this.pc.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      const track = live ? local.getTracks().find((each) => each.kind === kind) : null;
      if (transceiver.sender.track !== (track ?? null)) {
        await transceiver.sender.replaceTrack(track ?? null);
      }
    }
  }

  /** Milliseconds since anything, and since sound, last arrived; 0 when it never did. */
  async idle(/** @type {number} */ now) {
    /** @type {Record<string, number>} */
    const packets = {};
    (await this.pc.getStats()).forEach((entry) => {
      if (entry.type === "inbound-rtp") {
        packets[entry.kind] = (packets[entry.kind] ?? 0) + (entry.packetsReceived ?? 0);
      }
    });
    for (const [kind, count] of Object.entries(packets)) {
      if (count > (this.arrived[kind]?.packets ?? 0)) this.arrived[kind] = { packets: count, at: now };
    }
    const times = Object.values(this.arrived).map((each) => each.at);
    return {
      all: times.length ? now - Math.max(...times) : 0,
      audio: this.arrived.audio ? now - this.arrived.audio.at : 0,
    };
  }

  close() {
    this.pc.ontrack = this.pc.onicecandidate = this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}

export class Call extends EventTarget {
  /** @param {{offers: boolean, send: (frame: Frame) => boolean}} options */
  constructor({ offers, send }) {
    super();
    this.offers = offers;
    this.send = send;
    /** @type {State} */
    this.state = "idle";
    this.live = false;
    this.present = false;
    /** @type {MediaStream | null} null until the devices have been asked */
    this.local = null;
    /** @type {RTCConfiguration} */
    this.configuration = { iceServers: [], bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };
    /** @type {Peer | null} */
    this.active = null;
    /** @type {Peer | null} */
    this.next = null;
    /** @type {Frame[]} frames that came before this side may act */
    this.kept = [];
    /** @type {Map<string, RTCIceCandidateInit[]>} candidates that overtook their offer */
    this.early = new Map();
    this.failures = 0;
    this.connectedOnce = false;
    this.askedAt = this.greetedAt = -Infinity;
    this.tickedAt = performance.now();
    this.timer = setInterval(() => void this.#tick().catch(() => {}), TICK_MS);
  }

  /** @param {RTCIceServer[]} iceServers */
  setIce(iceServers) {
    this.configuration = { ...this.configuration, iceServers };
    for (const peer of [this.active, this.next]) peer?.pc.setConfiguration(this.configuration);
  }

  /** May sound and picture be sent? The server's word. @param {boolean} live */
  async setLive(live) {
    if (this.live === live) return;
    this.live = live;
    if (!live) this.#drop();
    await this.#put();
    this.#begin();
  }

  /** The open devices; an empty stream when there are none. @param {MediaStream} stream */
  async setLocal(stream) {
    this.local = stream;
    await this.#put();
    this.#begin();
  }

  /** Is the other side's page there? @param {boolean} present */
  setPresent(present) {
    this.present = present;
    if (present) this.greet();
    this.#say();
  }

  /** Tell the offering side which connection is held and healthy, so that it offers if need be. */
  greet() {
    if (this.offers || !this.#ready) return;
    this.greetedAt = performance.now();
    const healthy = this.active && this.state === "connected" ? this.active.id : null;
    this.send({ type: "hello", call: healthy });
  }

  /** @param {Frame} frame */
  async receive(frame) {
    if (!this.#ready) {
      if (this.kept.length < MOST_KEPT) this.kept.push(frame);
      return;
    }
    try {
      await this.#act(frame);
    } catch {
      this.#fail("ice_failed");
    }
  }

  /** @returns {Promise<RTCStatsReport | null>} */
  async stats() {
    return this.active ? this.active.pc.getStats() : null;
  }

  close() {
    clearInterval(this.timer);
    this.live = false;
    this.#drop();
  }

  get #ready() {
    return this.live && this.local !== null;
  }

  #begin() {
    if (!this.#ready) return;
    for (const frame of this.kept.splice(0)) void this.receive(frame);
    this.greet();
    this.#say();
  }

  async #put() {
    for (const peer of [this.active, this.next]) {
      await peer?.put(this.local ?? new MediaStream(), this.live);
    }
  }

  /** @param {Frame} frame */
  async #act(frame) {
    if (frame.type === "hello" && this.offers) {
      const held = [this.active, this.next].some(
        (peer) => peer && peer.id === frame.call && this.state !== "stalled",
      );
      if (!held && this.next?.session !== frame.session) await this.#offer(frame.session);
    } else if (frame.type === "again" && this.offers) {
      if (!this.next) await this.#offer(frame.session);
    } else if (frame.type === "offer" && !this.offers) {
      await this.#answer(frame);
    } else if (frame.type === "answer" && this.next?.id === frame.call) {
      await this.next?.describe({ type: "answer", sdp: frame.sdp });
    } else if (frame.type === "candidates") {
      await this.#candidates(frame);
    }
  }

  /** @param {string} session */
  async #offer(session) {
    const peer = this.#build(crypto.randomUUID(), session);
    const streams = [this.local ?? new MediaStream()];
    for (const kind of ["audio", "video"]) peer.pc.addTransceiver(kind, { streams });
    await peer.put(streams[0], this.live);
    await peer.pc.setLocalDescription();
    this.send({ type: "offer", call: peer.id, sdp: peer.pc.localDescription?.sdp });
  }

  /** @param {Frame} frame */
  async #answer(frame) {
    const peer = this.#build(frame.call, frame.session);
    for (const candidate of this.early.get(frame.call) ?? []) peer.early.push(candidate);
    this.early.clear();
    await peer.describe({ type: "offer", sdp: frame.sdp });
    for (const transceiver of peer.pc.getTransceivers()) {
      transceiver.direction = "sendrecv";
      // Without a common stream the other browser would not keep lips and voice together.
      transceiver.sender.setStreams?.(this.local ?? new MediaStream());
    }
    await peer.put(this.local ?? new MediaStream(), this.live);
    await peer.pc.setLocalDescription();
    this.send({ type: "answer", call: peer.id, sdp: peer.pc.localDescription?.sdp });
  }

  /** @param {Frame} frame */
  async #candidates(frame) {
    const peer = [this.next, this.active].find((each) => each?.id === frame.call);
    const candidates = frame.candidates.map((/** @type {any} */ each) => ({
      candidate: each.candidate,
      sdpMid: each.mid,
      sdpMLineIndex: each.line,
    }));
    if (peer) for (const candidate of candidates) await peer.add(candidate);
    else if (this.early.size < 4) {
      const kept = this.early.get(frame.call) ?? [];
      this.early.set(frame.call, kept.concat(candidates).slice(0, MOST_KEPT));
    }
  }

  /** @param {string} id @param {string} session @returns {Peer} */
  #build(id, session) {
    this.next?.close();
    const peer = new Peer(id, session, this.configuration);
    this.next = peer;
    peer.pc.ontrack = (event) => peer.remote.addTrack(event.track);
    peer.pc.onicecandidate = (event) => event.candidate && this.#queue(peer, event.candidate);
    peer.pc.onconnectionstatechange = () => this.#changed(peer);
    this.#say();
    return peer;
  }

  /** @param {Peer} peer @param {RTCIceCandidate} candidate */
  #queue(peer, candidate) {
    if (!candidate.candidate) return;
    if (!peer.batch.length) setTimeout(() => this.#flush(peer), BATCH_MS);
    peer.batch.push(candidate);
  }

  /** @param {Peer} peer */
  #flush(peer) {
    const candidates = peer.batch.splice(0, 32).map((each) => ({
      candidate: each.candidate,
      mid: each.sdpMid,
      line: each.sdpMLineIndex,
    }));
    if (candidates.length) this.send({ type: "candidates", call: peer.id, candidates });
  }

  /** @param {Peer} peer */
  #changed(peer) {
    const state = peer.pc.connectionState;
    if (state === "connected" && peer === this.next) this.#promote(peer);
    else if (state === "failed" && peer === this.next) this.#fail("ice_failed");
    else if (state === "failed" && peer === this.active) this.#recover("ice_failed");
    else if (state === "disconnected" && peer === this.active) this.dispatchEvent(new Event("stall"));
  }

  /** @param {Peer} peer */
  #promote(peer) {
    this.active?.close();
    this.active = peer;
    this.next = null;
    this.failures = 0;
    this.#emit("remote", peer.remote);
    this.#say("connected");
    this.#emit("report", { event: this.connectedOnce ? "reconnected" : "connected", cause: "" });
    this.connectedOnce = true;
  }

  /** @param {string} cause */
  #fail(cause) {
    this.next?.close();
    this.next = null;
    this.failures += 1;
    if (this.failures === 2) this.#emit("report", { event: "failed", cause });
    this.#recover(cause);
  }

  /** @param {string} why */
  #recover(why) {
    if (!this.#ready || !this.present || this.next) return;
    const now = performance.now();
    if (now - this.askedAt < ASK_MS) return;
    this.askedAt = now;
    if (this.offers) void this.#offer(this.active?.session ?? "").catch(() => this.#fail("ice_failed"));
    else this.send({ type: "again", call: this.active?.id ?? null, why });
  }

  async #tick() {
    const now = performance.now();
    // A page that slept has not seen what arrived meanwhile: that is no stall.
    const slept = now - this.tickedAt > 3 * TICK_MS;
    this.tickedAt = now;
    if (this.next) {
      const patience = Math.min(PATIENCE_MS * 1.5 ** this.failures, LONGEST_PATIENCE_MS);
      if (now - this.next.startedAt > patience) {
        this.#fail(this.next.described ? "ice_failed" : "no_answer");
      }
    }
    const peer = this.active;
    // A hello may have been lost, while Redis was away for example.
    if (!peer && !this.next && this.present && now - this.greetedAt > HELLO_MS) this.greet();
    if (!peer) return;
    const idle = await peer.idle(now);
    if (peer !== this.active) return;
    if (slept) for (const each of Object.values(peer.arrived)) each.at = now;
    else if (idle.all > STALL_MS || idle.audio > SILENT_MS) this.#stalled(idle.all);
    else if (this.state === "stalled") this.#say("connected");
  }

  /** @param {number} idle milliseconds without anything */
  #stalled(idle) {
    if (this.state !== "stalled") this.#say("stalled");
    this.dispatchEvent(new Event("stall"));
    if (!this.present && idle > GONE_MS) this.#drop();
    else this.#recover("stalled");
  }

  #drop() {
    this.active?.close();
    this.next?.close();
    const shown = this.active;
    this.active = this.next = null;
    if (shown) this.#emit("remote", null);
    this.#say();
  }

  /** @param {State} [state] as seen; without it, as it follows from what there is */
  #say(state) {
    if (!state) {
      if (this.active) state = this.state === "stalled" ? "stalled" : "connected";
      else if (!this.#ready) state = "idle";
      else state = this.present ? "connecting" : "alone";
    }
    if (state === this.state) return;
    this.state = state;
    this.#emit("state", state);
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
