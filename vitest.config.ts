import { defineConfig } from "vitest/config";

const shared = {
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
};

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/slow/**", "test/interop/**"],
          // Files of one worker share their modules, which saves a third of the time: no file mocks a module, and
          // whatever a file changes about its process it puts back.
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "slow",
          include: ["test/slow/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: "interop",
          include: ["test/interop/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
