// @ts-check
/**
 * <tm-autosave>: keeps the form inside it saved while somebody writes. Nothing of it is kept in the
 * browser's storage; what could not be sent stays in the boxes, is tried again, and is warned about
 * on leaving. The server answers with fragments: 200 says when it was saved (`data-version`), 409
 * and 422 say what is wrong. Without this script the form's own button does the same.
 *
 * Inside: `[data-save=said]` (live region), `[data-save=trouble]`, `<template data-text=failed>`.
 * Elsewhere: forms and links marked `data-after-save` go on only when everything is saved.
 */

const REST_MS = 1_500;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_WAIT_MS = 15_000;
const KEPT_ALIVE = 60_000; // bytes; browsers refuse more for a request that may outlive its page
const NOT_WORDS = new Set(["csrfmiddlewaretoken", "version"]);

class TmAutosave extends HTMLElement {
  connectedCallback() {
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    this.saved = this.words();
    /** @type {string | null} a body that may or may not have arrived: the same must be asked again */
    this.unanswered = null;
    this.blocked = false;
    this.failures = 0;
    /** @type {Promise<boolean> | null} */
    this.saving = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.addEventListener("input", () => this.#typed(), { signal });
    this.addEventListener("focusout", () => void this.save(), { signal });
    this.addEventListener("submit", (event) => this.#submitted(event), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    document.addEventListener("submit", (event) => this.#hold(event), { signal, capture: true });
    document.addEventListener("click", (event) => this.#hold(event), { signal, capture: true });
    document.addEventListener("tm-leave", (event) => this.isDirty() && event.preventDefault(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && void this.save(), { signal });
    window.addEventListener("pagehide", () => void this.save(), { signal });
    window.addEventListener("online", () => void this.save(), { signal });
    window.addEventListener("beforeunload", (event) => this.isDirty() && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    this.stopped?.abort();
    clearTimeout(this.timer);
  }

  /** What is in the boxes. */
  words() {
    return new URLSearchParams(this.#entries().filter(([name]) => !NOT_WORDS.has(name))).toString();
  }

  isDirty() {
    return this.words() !== this.saved;
  }

  /** Save what is not saved. @returns {Promise<boolean>} whether everything is saved now */
  save() {
    clearTimeout(this.timer);
    if (this.blocked) return Promise.resolve(false);
    this.saving ??= this.#rounds().finally(() => (this.saving = null));
    return this.saving;
  }

  async #rounds() {
    while (this.unanswered !== null || this.isDirty()) {
      if (!(await this.#round())) return false;
    }
    return true;
  }

  async #round() {
    const body = this.unanswered ?? new URLSearchParams(this.#entries()).toString();
    this.unanswered = body;
    let response, html;
    try {
      response = await fetch(this.form.action, {
        method: "POST",
        body: withToken(body),
        headers: { "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true" },
        keepalive: body.length < KEPT_ALIVE,
        redirect: "manual",
        signal: AbortSignal.timeout(LONGEST_WAIT_MS),
      });
      html = await response.text();
    } catch {
      return this.#later("failed");
    }
    // A redirection is the way to sign in.
    if (response.type === "opaqueredirect" || response.status === 403) return this.#later("signed_out");
    if (response.status === 409 || response.status === 422) return this.#refused(html);
    if (!response.ok) return this.#later("failed");
    this.unanswered = null;
    this.failures = 0;
    this.saved = wordsOf(body);
    this.#say(html);
    this.#trouble("");
    const version = this.querySelector("[data-save=said] [data-version]");
    this.#version(version?.getAttribute("data-version"));
    return true;
  }

  /** @param {string} text key of the template that says why */
  #later(text) {
    this.#say(this.querySelector(`template[data-text=${text}]`)?.innerHTML ?? "");
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures++);
    this.timer = setTimeout(() => void this.save(), pause);
    return false;
  }

  /** @param {string} html what is wrong, and what can be done */
  #refused(html) {
    this.unanswered = null;
    this.blocked = true;
    this.#say("");
    this.#trouble(html);
    this.dataset.refused = this.querySelector("[data-keep]") ? "changed" : "wrong";
    return false;
  }

  #typed() {
    // What was wrong may be right now; two different notes wait for a decision.
    if (this.blocked && this.dataset.refused === "wrong") this.blocked = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), REST_MS);
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    event.preventDefault();
    if (!this.blocked) void this.save();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const keep = target.closest("[data-keep]");
    const take = target.closest("[data-take]");
    if (!keep && !take) return;
    event.preventDefault();
    for (const other of take ? this.querySelectorAll("[data-save=trouble] [data-part]") : []) {
      const box = this.form.elements.namedItem(other.getAttribute("data-part") ?? "");
      if (box instanceof HTMLTextAreaElement) box.value = other.textContent ?? "";
    }
    this.#version((keep ?? take)?.getAttribute("data-version"));
    if (take) this.saved = this.words();
    this.blocked = false;
    this.#trouble("");
    this.form.querySelector("textarea")?.focus();
    void this.save();
  }

  /** Whoever leaves takes everything along. @param {Event} event */
  #hold(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const way = target.closest(event.type === "submit" ? "form[data-after-save]" : "a[data-after-save]");
    if (!way || (!this.isDirty() && !this.saving)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event instanceof SubmitEvent ? event.submitter : null;
    void this.save().then((done) => {
      if (!done) this.form.scrollIntoView();
      else if (way instanceof HTMLFormElement) submitAgain(way, submitter);
      else location.assign(/** @type {HTMLAnchorElement} */ (way).href);
    });
  }

  /** @returns {[string, string][]} */
  #entries() {
    return [...new FormData(this.form)].map(([name, value]) => [name, String(value)]);
  }

  /** @param {string | null | undefined} version */
  #version(version) {
    const input = this.form.elements.namedItem("version");
    if (version && input instanceof HTMLInputElement) input.value = version;
  }

  /** @param {string} html */
  #say(html) {
    const said = this.querySelector("[data-save=said]");
    if (!said) return;
    const before = said.textContent;
    const next = document.createElement("template");
    next.innerHTML = html;
    const version = next.content.querySelector("[data-version]")?.getAttribute("data-version");
    // The same words are not written again: a screen reader would read them again.
    if (before?.trim() === next.content.textContent?.trim()) {
      if (version) said.querySelector("[data-version]")?.setAttribute("data-version", version);
    } else said.replaceChildren(next.content);
  }

  /** @param {string} html */
  #trouble(html) {
    const trouble = this.querySelector("[data-save=trouble]");
    if (trouble && (html || trouble.hasChildNodes())) trouble.innerHTML = html;
  }
}

/** @param {string} body */
function wordsOf(body) {
  return new URLSearchParams([...new URLSearchParams(body)].filter(([name]) => !NOT_WORDS.has(name))).toString();
}

/** After a new sign-in in another tab the page's own token is old; the cookie has the new one. @param {string} body */
function withToken(body) {
  const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
  if (!cookie) return body;
  const entries = new URLSearchParams(body);
  entries.set("csrfmiddlewaretoken", cookie[1]);
  return entries.toString();
}

/**
 * Saving is news, and news may have drawn the form anew meanwhile: then its successor is sent.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
function submitAgain(form, submitter) {
  if (form.isConnected) form.requestSubmit(submitter?.isConnected ? submitter : null);
  else {
    const action = form.getAttribute("action") ?? "";
    const next = document.querySelector(`form[data-after-save][action="${CSS.escape(action)}"]`);
    if (next instanceof HTMLFormElement) next.requestSubmit();
  }
}

customElements.define("tm-autosave", TmAutosave);
