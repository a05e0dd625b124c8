import { describe, expect, test } from "vitest";
import { parseWith } from "#core/schema";
import { normaliseQuantities } from "#ir/quantity-fields";
import { valuesOf } from "#ir/scan";
import { onset } from "#protocols/experiments/onset";
import { refusal } from "../../support/refusal.ts";

const protocol = (exchange: unknown) =>
  parseWith(
    onset.schema,
    normaliseQuantities({
      kind: "onset",
      gain_rate: "2pi*1.2 MHz",
      loss_rate: "2pi*1.2 MHz",
      exchange,
      settle: "1 us",
      evolve: "1 us",
    }),
    "experiment.invalid",
    "protocol",
  );

describe("a scan", () => {
  test("is even, or over values of its own", () => {
    expect(valuesOf(protocol({ from: "14 MHz", to: "20 MHz", points: 4 }).exchange_hz)).toEqual([
      14e6, 16e6, 18e6, 20e6,
    ]);
    const listed = protocol({ values: ["14 MHz", "15500 kHz", "0.02 GHz"] });
    expect(valuesOf(listed.exchange_hz)).toEqual([14e6, 15.5e6, 20e6]);
    const layout = { sites: ["a", "b"], bonds: [["a", "b"]] as const, positions: [] };
    expect(onset.axes(listed, layout as never)[0]!.values).toEqual([14e6, 15.5e6, 20e6]);
    expect(onset.wanted(listed).exchange_hz).toEqual([14e6, 15.5e6, 20e6]);
  });

  test("refuses what is neither, with the place", () => {
    const place = (exchange: unknown) => refusal(() => protocol(exchange)).problems[0]!.path;
    expect(place({ values: ["14 MHz", "15"] })).toBe("exchange.values[1]");
    expect(place({ values: ["14 MHz", "14 MHz"] })).toBe("protocol.exchange_hz.values");
    expect(place({ values: ["14 MHz", "16 MHz", "15 MHz"] })).toBe("protocol.exchange_hz.values");
    expect(place({ from: "14 MHz", to: "20 MHz", points: 1 })).toBe("protocol.exchange_hz.points");
    expect(place({ from: "14 MHz", to: "20 MHz" })).toBe("protocol.exchange_hz.points");
  });
});
