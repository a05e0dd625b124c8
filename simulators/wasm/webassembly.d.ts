/**
 * What is used of the engine's WebAssembly interface: the standard library declares it for browsers only.
 *
 * @source WebAssembly JavaScript Interface
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    private readonly brand: "module";
  }
  class Memory {
    constructor(limits: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    /** @returns the size before, in pages */
    grow(pages: number): number;
  }
  type Callable = (...args: number[]) => number | undefined;
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } & Record<string, unknown> });
    readonly exports: Readonly<Record<string, Callable>>;
  }
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}
