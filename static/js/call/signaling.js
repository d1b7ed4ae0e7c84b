// @ts-check
/**
 * The socket of a call (docs/signaling.md): joins, pings, joins again by itself, stops when told.
 * Knows no element of the page and no peer connection.
 *
 * Events: `open` (welcomed), `down` (trying again), `closed` (for good; detail: {code}),
 * `message` (detail: the frame).
 *
 * @typedef {{type: string, [key: string]: any}} Frame
 */

const PING_MS = 15_000;
const DEAD_MS = 65_000;
const WELCOME_MS = 5_000;
const PROBE_MS = 400;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const PAUSE_AFTER_FAULT_MS = 5_000;
const FOR_GOOD = new Set([4401, 4403, 4404, 4409, 4410]);
const OUR_FAULT = new Set([4400, 4413, 4429]);

export class Signaling extends EventTarget {
  /** @param {string} url */
  constructor(url) {
    super();
    this.url = url;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.stopped = true;
    this.welcomed = false;
    this.failures = 0;
    this.heardAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.beat = undefined;
  }

  start() {
    this.stopped = false;
    this.failures = 0;
    this.#open();
  }

  stop() {
    this.stopped = true;
    this.#drop();
  }

  /**
   * @param {Frame} frame
   * @returns {boolean} whether it left; nothing is kept for later, the protocol catches up on joining
   */
  send(frame) {
    if (!this.welcomed || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Is the socket still alive? If no answer comes at once, open a new one. */
  probe() {
    if (this.stopped) return;
    const before = performance.now();
    if (!this.send({ type: "ping" })) return this.wake();
    setTimeout(() => {
      if (this.heardAt < before && !this.stopped) this.#again(0);
    }, PROBE_MS);
  }

  /** The network is said to be back: do not wait out the pause. */
  wake() {
    if (!this.stopped && !this.welcomed && this.socket?.readyState !== WebSocket.CONNECTING) {
      this.#again(0);
    }
  }

  #open() {
    this.#drop();
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = (event) => this.#closed(event.code);
    this.beat = setInterval(() => this.#tick(), PING_MS);
    this.retry = setTimeout(() => this.#closed(1006), WELCOME_MS);
  }

  #drop() {
    clearTimeout(this.retry);
    clearInterval(this.beat);
    this.welcomed = false;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #tick() {
    if (performance.now() - this.heardAt > DEAD_MS) this.#again(0);
    else this.send({ type: "ping" });
  }

  /** @param {string} text */
  #heard(text) {
    this.heardAt = performance.now();
    const frame = JSON.parse(text);
    if (frame.type === "pong") return;
    if (frame.type === "welcome") {
      clearTimeout(this.retry);
      this.welcomed = true;
      this.failures = 0;
      this.dispatchEvent(new CustomEvent("open", { detail: frame }));
      return;
    }
    this.dispatchEvent(new CustomEvent("message", { detail: frame }));
  }

  /** @param {number} code */
  #closed(code) {
    if (FOR_GOOD.has(code)) {
      this.stop();
      this.dispatchEvent(new CustomEvent("closed", { detail: { code } }));
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures++);
    this.#again(OUR_FAULT.has(code) ? PAUSE_AFTER_FAULT_MS : pause * (0.75 + Math.random() / 2));
  }

  /** @param {number} pause in milliseconds */
  #again(pause) {
    this.#drop();
    this.dispatchEvent(new CustomEvent("down"));
    this.retry = setTimeout(() => this.#open(), pause);
  }
}
