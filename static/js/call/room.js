// @ts-check
/**
 * <tm-room>: the waiting room's mirror and the call's stage (templates/video/_stage.html).
 * The only module that touches elements. Every text comes from the page's templates.
 *
 * Tells the page: `tm-status` (detail: {status}) when the visit moved, `tm-over` when it is over.
 * Elements anywhere on the page marked `data-before-call` or `data-in-call` are shown accordingly.
 */

import { Call } from "./call.js";
import { meter, open } from "./devices.js";
import { read, word } from "./quality.js";
import { Signaling } from "./signaling.js";

const SAMPLE_MS = 2_000;
const METER_MS = 100;
const PATIENCE_MS = 8_000;
const HEARD = 0.02;
const NEEDS_DEVICES = new Set(["checked_in", "waiting", "in_progress"]);
const CLOSED = { 4401: "signed_out", 4404: "not_found", 4409: "elsewhere", 4410: "over" };
const KEYS = { m: "mute", v: "camera" };

class TmRoom extends HTMLElement {
  connectedCallback() {
    const { socket, role } = this.dataset;
    if (!socket || !role) return;
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    this.status = this.shown = "";
    this.live = this.opening = false;
    this.since = 0;
    /** @type {import("./devices.js").Opened | null} */
    this.devices = null;
    /** @type {MediaStream | null} */
    this.remote = null;
    this.peak = 0;
    this.reading = read(null);
    /** @type {import("./quality.js").Word} */
    this.word = "none";
    this.signaling = new Signaling(new URL(socket, location.href.replace(/^http/, "ws")).href);
    /** @type {Call | null} */
    this.call = null;
    this.addEventListener("click", this, { signal });
    this.addEventListener("keydown", this, { signal });
    this.addEventListener("submit", this, { signal });
    window.addEventListener("online", () => this.signaling.wake(), { signal });
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    this.signaling.addEventListener("open", (event) => this.#welcome(detail(event)));
    this.signaling.addEventListener("message", (event) => this.#message(detail(event)));
    this.signaling.addEventListener("down", () => this.#explain());
    this.signaling.addEventListener("closed", (event) => this.#closed(detail(event).code));
    this.timers = [
      setInterval(() => void this.#sample(), SAMPLE_MS),
      setInterval(() => this.#listen(), METER_MS),
    ];
    this.signaling.start();
    this.#explain();
  }

  disconnectedCallback() {
    this.stopped?.abort();
    for (const timer of this.timers ?? []) clearInterval(timer);
    this.signaling?.stop();
    this.call?.close();
    this.#release();
  }

  /** Numbers of the call for whoever watches it; the tests read frames and sound here. */
  async stats() {
    const reading = read((await this.call?.stats()) ?? null);
    return { ...reading, state: this.call?.state ?? "idle", word: this.word, peak: this.peak };
  }

  /** @param {Event} event */
  handleEvent(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.type === "click") {
      const act = target.closest("[data-act]")?.getAttribute("data-act");
      if (act) void this.#act(act);
    } else if (event instanceof KeyboardEvent) {
      const act = KEYS[/** @type {"m"|"v"} */ (event.key)];
      const typing = target.closest("input, textarea, select, [contenteditable]");
      if (act && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) void this.#act(act);
    } else if (event.type === "submit" && target.matches("[data-part=end]")) {
      this.#ask(event, /** @type {HTMLFormElement} */ (target));
    }
  }

  // --- From the socket ---

  /** @param {import("./signaling.js").Frame} frame */
  #welcome(frame) {
    if (!this.call) {
      this.call = new Call({ offers: frame.offers, send: (each) => this.signaling.send(each) });
      this.call.addEventListener("remote", (event) => this.#show(detail(event)));
      this.call.addEventListener("state", () => this.#explain());
      this.call.addEventListener("stall", () => this.signaling.probe());
      this.call.addEventListener("report", (event) =>
        this.signaling.send({ type: "report", ...detail(event) }),
      );
      if (this.devices) void this.call.setLocal(this.devices.stream);
      setTimeout(() => this.#late(), PATIENCE_MS);
    }
    this.call.greet();
  }

  /** @param {import("./signaling.js").Frame} frame */
  #message(frame) {
    if (frame.type === "state") this.#state(frame);
    else if (frame.type === "presence") {
      // A socket that was long replaced may be missed late: that is no parting.
      if (!frame.here && frame.session !== this.peerSession) return;
      this.peerSession = frame.session;
      this.call?.setPresent(frame.here);
      if (frame.here) this.#tellMedia();
    } else if (frame.type === "wait") this.#wait(frame.code);
    else if (frame.type === "media") {
      this.#mark("peerSound", frame.sound);
      this.#mark("peerPicture", frame.picture);
    } else if (frame.type !== "error") void this.call?.receive(frame);
  }

  /** @param {import("./signaling.js").Frame} frame */
  #state(frame) {
    const moved = frame.status !== this.status;
    this.status = frame.status;
    this.waiting = "";
    this.since = frame.since ?? 0;
    if (frame.ice) this.call?.setIce(frame.ice);
    if (NEEDS_DEVICES.has(frame.status)) void this.#openDevices();
    if (frame.live !== this.live) this.#setLive(frame.live);
    if (moved) this.#tell("tm-status", { status: frame.status });
    this.#explain();
  }

  /** @param {boolean} live */
  #setLive(live) {
    this.live = live;
    this.wasLive ||= live;
    void this.call?.setLive(live);
    this.dataset.live = String(live);
    this.#part("mirror").hidden = live;
    this.#part("stage").hidden = !live;
    if (this.hasAttribute("data-full")) document.body.classList.toggle("stage-page", live);
    for (const each of document.querySelectorAll("[data-before-call]")) {
      /** @type {HTMLElement} */ (each).hidden = live;
    }
    for (const each of document.querySelectorAll("[data-in-call]")) {
      /** @type {HTMLElement} */ (each).hidden = !live;
    }
    if (live) void this.#stayAwake();
    this.#tellMedia();
  }

  /** @param {string} code */
  #wait(code) {
    this.waiting = code;
    void this.#openDevices();
    this.#explain();
  }

  #late() {
    if (this.dataset.role === "practice" && !this.status && !this.waiting) this.#wait("no_partner");
  }

  /** @param {number} code */
  #closed(code) {
    this.end = CLOSED[/** @type {4401} */ (code)];
    this.call?.close();
    this.#setLive(false);
    this.#release();
    this.#explain();
    if (this.end !== "over") return;
    this.#tell("tm-over", {});
    const form = /** @type {HTMLFormElement | null} */ (this.querySelector("[data-part=end]"));
    if (this.dataset.role === "practice" && form) {
      this.#fill(form);
      form.submit();
    } else if (this.dataset.overUrl) location.assign(this.dataset.overUrl);
  }

  // --- Devices ---

  async #openDevices() {
    if (this.devices || this.opening) return;
    this.opening = true;
    this.#explain();
    const devices = await open();
    this.opening = false;
    if (this.stopped?.signal.aborted || this.end) return stop(devices.stream);
    this.devices = devices;
    this.meter = meter(devices.stream);
    for (const video of this.#videos("self")) video.srcObject = devices.stream;
    for (const track of devices.stream.getTracks()) track.onended = () => this.#reopen();
    for (const act of ["mute", "camera"]) this.#applySwitch(act);
    await this.call?.setLocal(devices.stream);
    const cause = devices.audio ?? devices.video;
    if (cause) this.signaling.send({ type: "report", event: "devices", cause });
    this.#explain();
  }

  async #reopen() {
    this.#release();
    await this.#openDevices();
  }

  #release() {
    this.meter?.close();
    this.meter = null;
    if (this.devices) stop(this.devices.stream);
    this.devices = null;
  }

  // --- What a person does ---

  /** @param {string} act */
  async #act(act) {
    if (act === "mute" || act === "camera") {
      const button = this.#part(act);
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      this.#applySwitch(act);
      this.#tellMedia();
    } else if (act === "devices") await this.#reopen();
    else if (act === "play") await this.#play();
    else if (act === "seat") location.reload();
    else if (act === "close") /** @type {HTMLDialogElement} */ (this.#part("sure")).close();
  }

  /** @param {string} act */
  #applySwitch(act) {
    const off = this.#part(act).getAttribute("aria-pressed") === "true";
    const tracks = act === "mute" ? "getAudioTracks" : "getVideoTracks";
    for (const track of this.devices?.stream[tracks]() ?? []) track.enabled = !off;
  }

  #tellMedia() {
    if (!this.live || !this.devices) return;
    const on = (/** @type {MediaStreamTrack[]} */ tracks) => tracks.some((each) => each.enabled);
    const { stream } = this.devices;
    const frame = { sound: on(stream.getAudioTracks()), picture: on(stream.getVideoTracks()) };
    this.signaling.send({ type: "media", ...frame });
  }

  /** Ending is asked about once. @param {Event} event @param {HTMLFormElement} form */
  #ask(event, form) {
    const sure = /** @type {HTMLDialogElement | null} */ (this.querySelector("[data-part=sure]"));
    this.#fill(form);
    if (!sure || sure.open) return this.signaling.stop();
    event.preventDefault();
    sure.showModal();
  }

  /** What was measured goes with the form, where it asks for it. @param {HTMLFormElement} form */
  #fill(form) {
    const result = {
      camera: this.devices ? (this.devices.video ?? "works") : "",
      microphone: this.devices ? (this.devices.audio ?? (this.peak > HEARD ? "works" : "silent")) : "",
      // Without a device nothing comes back that could be measured.
      connection: this.best ?? (this.wasLive && this.reading.roundTrip === null ? "none" : ""),
    };
    for (const [name, value] of Object.entries(result)) {
      const input = form.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = value;
    }
  }

  // --- What the page shows ---

  /** @param {MediaStream | null} stream */
  #show(stream) {
    this.remote = stream;
    for (const video of this.#videos("remote")) video.srcObject = stream;
    this.#tellMedia();
    void this.#play();
    this.#explain();
  }

  async #play() {
    const [video] = this.#videos("remote");
    try {
      if (this.remote) await video.play();
      this.#part("play").hidden = true;
    } catch (error) {
      // A new picture may interrupt the wish to play the old one; only a refusal needs a finger.
      if (/** @type {Error} */ (error).name !== "NotAllowedError") return;
      this.#part("play").hidden = false;
      this.signaling.send({ type: "report", event: "failed", cause: "blocked_play" });
    }
  }

  async #sample() {
    const now = read((await this.call?.stats()) ?? null);
    if (this.live && this.call?.state !== "idle") {
      this.word = word(this.reading, now);
      if (this.word !== "none") this.best = this.word;
      this.#write("quality", this.remote ? this.#text(`quality-${this.word}`) : "");
    }
    this.reading = now;
    if (this.since) this.#write("clock", clock(Date.now() / 1000 - this.since));
  }

  #listen() {
    const level = this.meter?.read() ?? 0;
    this.peak = Math.max(this.peak, level);
    const element = /** @type {HTMLMeterElement} */ (this.#part("level"));
    element.value = level;
  }

  /** One sentence that says where things stand, and the one thing to do. */
  #explain() {
    const phase = this.#phase();
    this.dataset.phase = phase;
    const remote = this.remote !== null && phase !== "connecting" && phase !== "alone";
    for (const video of this.#videos("remote")) video.hidden = !remote;
    const sentence = this.#text(phase);
    for (const name of ["say", "veil"]) this.#write(name, sentence);
    this.#part("veil").hidden = remote && phase === "connected";
    this.#part("seat").hidden = phase !== "elsewhere";
    const { audio, video } = this.devices ?? {};
    const cause = audio ?? video;
    this.#part("trouble").hidden = !cause;
    if (!cause) return;
    const what = audio && video ? "both" : audio ? "audio" : "video";
    this.#write("trouble-text", `${this.#text(`lost-${what}`)} ${this.#text(`cause-${cause}`)}`);
  }

  #phase() {
    if (this.end) return this.end;
    if (this.live && this.call) {
      const { state } = this.call;
      if (state !== "idle") return state;
      return this.opening ? "asking" : "connecting";
    }
    if (!this.signaling.welcomed && this.shown) return "offline";
    this.shown = "joined";
    if (this.opening) return "asking";
    return this.waiting || this.status || "joining";
  }

  /** @param {string} name @param {boolean} on */
  #mark(name, on) {
    this.dataset[name] = on ? "on" : "off";
    const note = this.querySelector(`[data-part=${name === "peerSound" ? "peer-sound" : "peer-picture"}]`);
    if (note instanceof HTMLElement) note.hidden = on;
  }

  async #stayAwake() {
    // Not every browser has it, and a phone low on battery refuses.
    await navigator.wakeLock?.request("screen").catch(() => {});
  }

  #seen() {
    if (document.hidden) return;
    this.signaling.probe();
    if (this.live) void this.#stayAwake();
  }

  /** @param {string} key of a <template data-text> */
  #text(key) {
    const template = this.querySelector(`template[data-text="${key}"]`);
    return /** @type {HTMLTemplateElement | null} */ (template)?.content.textContent?.trim() ?? "";
  }

  /** @param {string} name @param {string} text */
  #write(name, text) {
    for (const each of this.querySelectorAll(`[data-part=${name}]`)) {
      // Unchanged text is not written again: a screen reader would read it again.
      if (each.textContent !== text) each.textContent = text;
    }
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-part=${name}]`));
  }

  /** @param {string} name @returns {HTMLVideoElement[]} */
  #videos(name) {
    return [...this.querySelectorAll(`video[data-part=${name}]`)].map(
      (each) => /** @type {HTMLVideoElement} */ (each),
    );
  }

  /** @param {string} name @param {object} about */
  #tell(name, about) {
    this.dispatchEvent(new CustomEvent(name, { detail: about, bubbles: true }));
  }
}

/** @param {Event} event */
function detail(event) {
  return /** @type {CustomEvent} */ (event).detail;
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

customElements.define("tm-room", TmRoom);
