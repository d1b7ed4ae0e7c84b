/** Shows its content while the browser has no network. */
class TmOffline extends HTMLElement {
  connectedCallback() {
    this.show = () => {
      this.hidden = navigator.onLine;
    };
    window.addEventListener("online", this.show);
    window.addEventListener("offline", this.show);
    this.show();
  }

  disconnectedCallback() {
    window.removeEventListener("online", this.show);
    window.removeEventListener("offline", this.show);
  }
}

customElements.define("tm-offline", TmOffline);
