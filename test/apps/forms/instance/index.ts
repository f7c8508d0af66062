class Base {
  #visits = 0;
  protected visit() {
    return ++this.#visits;
  }
}

class App extends Base {
  /** On the prototype, with private state that a copy would not have. */
  async fetch(): Promise<Response> {
    return new Response(`instance ${this.visit() > 0}`);
  }
  say(word: string) {
    return `${word} ${this.visit() > 0}`;
  }
  async scheduled() {}
}

export default new App();
