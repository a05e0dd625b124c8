import type { Config } from "drizzle-kit";

const config: Config = {
  dialect: "postgresql",
  schema: "./src/store/schema.ts",
  out: "./src/store/migrations",
};
export default config;
