CREATE TABLE "runs" (
	"number" bigint PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"uuid" text NOT NULL,
	"title" text NOT NULL,
	"title_folded" text NOT NULL,
	"protocol" text NOT NULL,
	"profile" text NOT NULL,
	"profile_sha256" text NOT NULL,
	"target" text NOT NULL,
	"driver" text NOT NULL,
	"program_sha256" text NOT NULL,
	"program_replaced" boolean NOT NULL,
	"seed" bigint NOT NULL,
	"shots" integer NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"records_expected" integer NOT NULL,
	"outcome" text,
	"failure" text,
	"versions" jsonb NOT NULL,
	"stamp" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "runs_created_at" ON "runs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "runs_state" ON "runs" USING btree ("state");