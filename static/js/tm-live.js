// @ts-check
/**
 * <tm-live url socket on>: a fragment that is fetched again when something changed.
 *
 * `socket`: a news socket (docs/signaling.md) that says `changed`. While it is down the fragment is
 * fetched every 20 s, and `[data-live=down]` is shown. `on`: names of events, from anywhere on the
 * page, that mean the same; every `changed` is told to them as `tm-news`. The fragment stands in `[data-live=rows]`, or is the whole content.
 * The focus stays on the element with the same id or `data-key`; what was chosen or typed stays too.
 */

const PING_MS = 15_000;
const DEAD_MS = 65_000;
const LOOK_MS = 20_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const QUIET_MS = 3_000; // a reconnection this quick is not worth a word
const FOR_GOOD = new Set([4401, 4403, 4404, 4410]);
const TOKEN = /name="csrfmiddlewaretoken" value="[^"]*"/g;
const ANSWERS = "input:not([type=hidden]), textarea, select";
const TICKED = new Set(["radio", "checkbox"]);

class TmLive extends HTMLElement {
  connectedCallback() {
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    this.rows = this.querySelector("[data-live=rows]") ?? this;
    this.shown = "";
    this.failures = 0;
    this.heardAt = 0;
    this.up = false;
    /** @type {Promise<void> | null} */
    this.fetching = null;
    this.again = false;
    this.pressed = false;
    /** @type {string | null} */
    this.late = null;
    this.rows.addEventListener("pointerdown", () => this.#pressing(), { signal });
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, () => this.#released(), { signal });
    }
    for (const name of (this.getAttribute("on") ?? "").split(" ").filter(Boolean)) {
      document.addEventListener(name, () => void this.refresh(), { signal });
    }
    if (!this.getAttribute("socket")) return;
    window.addEventListener("online", () => this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake(), { signal });
    this.timers = [
      setInterval(() => this.#beat(), PING_MS),
      setInterval(() => this.up || void this.refresh(), LOOK_MS),
    ];
    this.#open();
  }

  disconnectedCallback() {
    this.stopped?.abort();
    for (const timer of this.timers ?? []) clearInterval(timer);
    clearTimeout(this.retry);
    clearTimeout(this.telling);
    this.#drop();
  }

  /** Fetch the fragment; changes that come meanwhile are fetched once more. */
  refresh() {
    this.again = this.fetching !== null;
    this.fetching ??= this.#fetch().finally(() => {
      this.fetching = null;
      if (this.again) void this.refresh();
    });
    return this.fetching;
  }

  async #fetch() {
    let response, html;
    try {
      response = await fetch(this.getAttribute("url") ?? "", {
        headers: { "HX-Request": "true" },
        redirect: "manual",
        signal: this.stopped?.signal,
      });
      html = await response.text();
    } catch {
      return;
    }
    // Signed out, or no longer ours to see: the page itself says it best.
    if (response.type === "opaqueredirect" || [403, 404].includes(response.status)) this.#leave();
    else if (response.ok) this.#swap(html);
  }

  /** Whoever holds unsaved words on this page may prevent `tm-leave`; it is asked again later. */
  #leave() {
    const leave = new CustomEvent("tm-leave", { bubbles: true, cancelable: true });
    if (this.dispatchEvent(leave)) location.reload();
  }

  #pressing() {
    this.pressed = true;
  }

  #released() {
    if (!this.pressed) return;
    // After the click that follows the release.
    setTimeout(() => {
      this.pressed = false;
      const html = this.late;
      this.late = null;
      if (html && this.isConnected) this.#swap(html);
    });
  }

  /** @param {string} html */
  #swap(html) {
    const bare = html.replace(TOKEN, "");
    // The same is not drawn again: a screen reader would read it again.
    if (bare === this.shown) return;
    // Nor is a button taken away between press and release: its click would be lost.
    if (this.pressed) {
      this.late = html;
      return;
    }
    this.shown = bare;
    const focused = this.rows.contains(document.activeElement) ? document.activeElement : null;
    const id = focused?.id;
    const key = focused?.getAttribute("data-key");
    const answers = [...this.rows.querySelectorAll(ANSWERS)].filter(isChanged);
    this.rows.innerHTML = html;
    for (const answer of answers) this.#keep(answer);
    const next = id ? document.getElementById(id) : key ? this.rows.querySelector(`[data-key="${key}"]`) : null;
    if (next instanceof HTMLElement) next.focus();
    // htmx must learn of the forms in it.
    /** @type {any} */ (window).htmx?.process(this.rows);
  }

  /** What somebody chose or typed and did not send yet. @param {Element} answer from before */
  #keep(answer) {
    const { name, type, value, checked } = /** @type {HTMLInputElement} */ (answer);
    const is = TICKED.has(type) ? `[value="${CSS.escape(value)}"]` : "";
    const next = this.rows.querySelector(`[name="${CSS.escape(name)}"]${is}`);
    if (!(next instanceof HTMLElement) || next.tagName !== answer.tagName) return;
    if (is) /** @type {HTMLInputElement} */ (next).checked = checked;
    else /** @type {HTMLInputElement} */ (next).value = value;
  }

  // --- the socket ---

  #open() {
    this.#drop();
    const address = new URL(this.getAttribute("socket") ?? "", location.href.replace(/^http/, "ws"));
    const socket = new WebSocket(address);
    this.socket = socket;
    this.heardAt = performance.now();
    // The answer to the first ping says that the server listens for news of ours.
    socket.onopen = () => socket.send('{"type":"ping"}');
    socket.onmessage = (event) => this.#heard(JSON.parse(event.data).type);
    socket.onclose = (event) => this.#closed(event.code);
  }

  #drop() {
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  /** @param {string} type */
  #heard(type) {
    this.heardAt = performance.now();
    if (type === "changed") {
      void this.refresh();
      this.dispatchEvent(new CustomEvent("tm-news", { bubbles: true }));
    }
    if (type === "error" || this.up) return;
    this.failures = 0;
    this.#tell(true);
    void this.refresh();
  }

  /** @param {number} code */
  #closed(code) {
    this.#drop();
    this.#tell(false);
    if (FOR_GOOD.has(code)) {
      void this.refresh();
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures++);
    this.retry = setTimeout(() => this.#open(), pause * (0.75 + Math.random() / 2));
  }

  #beat() {
    if (performance.now() - this.heardAt > DEAD_MS) this.#closed(1006);
    else if (this.socket?.readyState === WebSocket.OPEN) this.socket.send('{"type":"ping"}');
  }

  #wake() {
    if (this.up || this.socket) return;
    clearTimeout(this.retry);
    this.#open();
  }

  /** @param {boolean} up */
  #tell(up) {
    this.up = up;
    clearTimeout(this.telling);
    const down = /** @type {HTMLElement | null} */ (this.querySelector("[data-live=down]"));
    if (!down) return;
    if (up) down.hidden = true;
    else this.telling = setTimeout(() => (down.hidden = false), QUIET_MS);
  }
}

/** @param {Element} answer */
function isChanged(answer) {
  if (answer instanceof HTMLSelectElement) {
    return [...answer.options].some((option) => option.selected !== option.defaultSelected);
  }
  const input = /** @type {HTMLInputElement} */ (answer);
  return input.value !== input.defaultValue || input.checked !== input.defaultChecked;
}

customElements.define("tm-live", TmLive);
