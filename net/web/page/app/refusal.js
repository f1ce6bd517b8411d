// Why something was not done.

/** Refusal is an answer that says no. */
export class Refusal extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

/** Lost is why a question has no answer: the connection ended. */
export class Lost extends Error {}
