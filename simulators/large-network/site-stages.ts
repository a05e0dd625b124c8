import { coordinateCount } from "#model/generator";
import type { Arena } from "../wasm/arena.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import { accumulate } from "../wasm/loops.ts";
import { compileOver } from "./field-operator.ts";
import type { EmitDerivative } from "./site-derivative.ts";
import {
  amplitudeOf,
  coefficient,
  derive,
  eachPair,
  loadCoordinate,
  loadState,
  type PassContext,
  pairLocals,
  type SiteArrays,
  storeCoordinate,
  storeSites,
} from "./site-pass.ts";
import { defineAverages } from "./time-averages.ts";

/** What a middle stage does not need is not read or written. */
export interface StageForm {
  readonly name: string;
  /** The second register still is the state before the step. */
  readonly fresh: boolean;
  readonly usesBefore: boolean;
  readonly keepsRegister: boolean;
}

/** u₀ ← u (or u₀ itself), u ← u₀ + βk, error ← εk for a step tried again. */
function defineFirst(
  module: ModuleBuilder,
  name: string,
  source: "state" | "before",
  context: Omit<PassContext, "code">,
) {
  module.define(name, { params: ["i32", "i32"], results: [] }, (code) => {
    const full = { ...context, code };
    const { arrays } = context;
    const locals = pairLocals(full);
    const beta = coefficient(full, "beta");
    const epsilon = coefficient(full, "error");
    const next = Array.from({ length: coordinateCount }, () => code.local("v128"));
    const s = [code.local("v128"), code.local("v128")] as const;
    eachPair(full, locals, () => {
      const { stateAddress: at } = locals;
      loadState(full, locals, arrays[source]);
      derive(full, locals);
      locals.k.forEach((k, c) => {
        if (source === "state") storeCoordinate(code, at, arrays.before, c, locals.x[c]!);
        code.get(locals.x[c]!);
        code.set(next[c]!);
        accumulate(code, next[c]!, () => {
          code.get(k);
          code.get(beta);
        });
        storeCoordinate(code, at, arrays.state, c, next[c]!);
        code.get(at);
        code.get(k);
        code.get(epsilon);
        code.op("f64x2.mul");
        code.memory("v128.store", arrays.error + 16 * c);
      });
      amplitudeOf(full, next, s);
      storeSites(code, locals.siteAddress, arrays.amplitudes, s);
    });
  });
}

function defineStage(module: ModuleBuilder, form: StageForm, context: Omit<PassContext, "code">): void {
  module.define(form.name, { params: ["i32", "i32"], results: [] }, (code) => {
    const full = { ...context, code };
    const { arrays } = context;
    const locals = pairLocals(full);
    const [beta, delta, gamma1, gamma2, gamma3, epsilon] = (
      ["beta", "delta", "gamma1", "gamma2", "gamma3", "error"] as const
    ).map((slot) => coefficient(full, slot)) as [number, number, number, number, number, number];
    const next = Array.from({ length: coordinateCount }, () => code.local("v128"));
    const s = [code.local("v128"), code.local("v128")] as const;
    const { scratch } = locals;
    eachPair(full, locals, () => {
      const { stateAddress: at } = locals;
      loadState(full, locals, arrays.state);
      derive(full, locals);
      locals.k.forEach((k, c) => {
        const x = locals.x[c]!;
        const register = form.fresh ? arrays.before : arrays.register;
        loadCoordinate(code, at, register, c);
        code.set(scratch);
        if (form.keepsRegister) {
          accumulate(code, scratch, () => {
            code.get(x);
            code.get(delta);
          });
          storeCoordinate(code, at, arrays.register, c, scratch);
        }
        code.get(x);
        code.get(gamma1);
        code.op("f64x2.mul");
        code.set(next[c]!);
        accumulate(code, next[c]!, () => {
          code.get(scratch);
          code.get(gamma2);
        });
        if (form.usesBefore) {
          accumulate(code, next[c]!, () => {
            loadCoordinate(code, at, arrays.before, c);
            code.get(gamma3);
          });
        }
        accumulate(code, next[c]!, () => {
          code.get(k);
          code.get(beta);
        });
        storeCoordinate(code, at, arrays.state, c, next[c]!);
        loadCoordinate(code, at, arrays.error, c);
        code.set(scratch);
        accumulate(code, scratch, () => {
          code.get(k);
          code.get(epsilon);
        });
        storeCoordinate(code, at, arrays.error, c, scratch);
      });
      amplitudeOf(full, next, s);
      storeSites(code, locals.siteAddress, arrays.amplitudes, s);
    });
  });
}

/** Amplitudes of a state, without a step. */
function defineAmplitudes(
  module: ModuleBuilder,
  name: string,
  source: "state" | "before",
  context: Omit<PassContext, "code">,
): void {
  module.define(name, { params: ["i32", "i32"], results: [] }, (code) => {
    const full = { ...context, code };
    const locals = pairLocals(full);
    const s = [code.local("v128"), code.local("v128")] as const;
    eachPair(full, locals, () => {
      for (const c of [2, 3, 4, 5]) {
        loadCoordinate(code, locals.stateAddress, context.arrays[source], c);
        code.set(locals.x[c]!);
      }
      amplitudeOf(full, locals.x, s);
      storeSites(code, locals.siteAddress, context.arrays.amplitudes, s);
    });
  });
}

/**
 * Largest squared error of a site in units of the tolerance, times eight, and the sums over sites of ⟨A†⟩, p₀, p₂ and
 * their derivatives; added to the results.
 */
function defineCheck(module: ModuleBuilder, context: Omit<PassContext, "code">): void {
  module.define("check", { params: ["i32", "i32"], results: [] }, (code) => {
    const full = { ...context, code };
    const { arrays } = context;
    const locals = pairLocals(full);
    const [epsilon, rtol, atol, weight] = (["error", "rtol", "atol", "weight"] as const).map((slot) =>
      coefficient(full, slot),
    ) as [number, number, number, number];
    const worst = code.local("v128");
    const total = code.local("v128");
    const sums = Array.from({ length: 8 }, () => code.local("v128"));
    const s = [code.local("v128"), code.local("v128")] as const;
    const { scratch } = locals;
    const add = (sum: number, local: number) => {
      code.get(sum);
      code.get(local);
      code.op("f64x2.add");
      code.set(sum);
    };
    eachPair(full, locals, () => {
      const { stateAddress: at } = locals;
      loadState(full, locals, arrays.state);
      derive(full, locals);
      code.f64x2(0, 0);
      code.set(total);
      locals.k.forEach((k, c) => {
        loadCoordinate(code, at, arrays.error, c);
        code.get(k);
        code.get(epsilon);
        code.op("f64x2.mul");
        code.op("f64x2.add");
        loadCoordinate(code, at, arrays.before, c);
        code.op("f64x2.abs");
        code.get(locals.x[c]!);
        code.op("f64x2.abs");
        code.op("f64x2.max");
        code.get(rtol);
        code.op("f64x2.mul");
        code.get(atol);
        code.op("f64x2.add");
        code.op("f64x2.div");
        code.set(scratch);
        accumulate(code, total, () => {
          code.get(scratch);
          code.get(scratch);
        });
      });
      code.get(worst);
      code.get(total);
      code.op("f64x2.max");
      code.set(worst);
      for (const [from, first] of [
        [locals.x, 0],
        [locals.k, 4],
      ] as const) {
        amplitudeOf(full, from, s);
        add(sums[first]!, s[0]);
        add(sums[first + 1]!, s[1]);
        add(sums[first + 2]!, from[0]!);
        add(sums[first + 3]!, from[1]!);
      }
    });
    const result = (slot: number, combine: () => void) => {
      code.i32(arrays.results);
      combine();
      code.memory("v128.store", 16 * slot);
    };
    const old = (slot: number) => {
      code.i32(arrays.results);
      code.memory("v128.load", 16 * slot);
    };
    [worst, ...sums].forEach((local, slot) => {
      result(slot, () => {
        old(slot);
        code.get(local);
        code.get(weight);
        code.op("f64x2.mul");
        code.op(slot === 0 ? "f64x2.max" : "f64x2.add");
      });
    });
  });
}

/** The passes over the sites, compiled for one kind of oscillator; all take a range of pairs in steps of 16. */
export function compileSitePasses(
  arena: Arena,
  arrays: SiteArrays,
  ladder: readonly [number, number],
  emit: EmitDerivative,
  forms: readonly StageForm[],
  refine: (address: number) => void,
): Readonly<Record<string, WebAssembly.Callable>> {
  const context = { arrays, ladder, emit };
  return compileOver(
    arena,
    (module) => {
      defineAverages(module, context);
      defineFirst(module, "first", "state", context);
      defineFirst(module, "firstAgain", "before", context);
      for (const form of forms) defineStage(module, form, context);
      defineAmplitudes(module, "amplitudes", "state", context);
      defineAmplitudes(module, "amplitudesBefore", "before", context);
      defineCheck(module, context);
    },
    { refine },
  );
}
