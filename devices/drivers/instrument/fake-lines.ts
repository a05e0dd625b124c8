import type { ByteDevice } from "#devices/transports/serial/memory-port";
import { bytesOf, textOf } from "#devices/transports/serial/port";

/** An instrument that takes lines ended by `\n` or `\r` and answers some of them. */
export abstract class FakeLines implements ByteDevice {
  #send: ((bytes: Uint8Array) => void) | undefined;
  #line = "";

  attach(send: ((bytes: Uint8Array) => void) | undefined): void {
    this.#send = send;
  }

  receive(bytes: Uint8Array): void {
    for (const character of textOf(bytes)) {
      if (character === "\r") continue;
      if (character !== "\n") {
        this.#line += character;
        continue;
      }
      const line = this.#line;
      this.#line = "";
      this.command(line);
    }
  }

  abstract outputsOff(): boolean;
  protected abstract command(line: string): void;

  protected say(text: string): void {
    this.#send?.(bytesOf(text));
  }
}
