// @ts-check
// Proposes the time zone of the state that was chosen, until the person chooses one.

class TmZone extends HTMLElement {
  connectedCallback() {
    const state = /** @type {HTMLSelectElement | null} */ (document.querySelector("[name=state]"));
    const zone = /** @type {HTMLSelectElement | null} */ (document.querySelector("[name=time_zone]"));
    const zones = JSON.parse(document.getElementById("zones")?.textContent ?? "{}");
    if (!state || !zone) return;
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    let isChosen = zone.value !== "";
    zone.addEventListener("change", () => { isChosen = true; }, { signal });
    state.addEventListener("change", () => {
      if (!isChosen) zone.value = zones[state.value] ?? "";
    }, { signal });
  }

  disconnectedCallback() {
    this.stopped?.abort();
  }
}

customElements.define("tm-zone", TmZone);
