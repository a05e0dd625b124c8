CREATE TABLE "accepted_requests" (
	"who" text NOT NULL,
	"key" text NOT NULL,
	"digest" text NOT NULL,
	"answer" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accepted_requests_who_key_pk" PRIMARY KEY("who","key")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"number" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"who" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "home" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"store" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instruments" (
	"key" text PRIMARY KEY NOT NULL,
	"holder" text,
	"run" text,
	"fence" bigint DEFAULT 0 NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"unsafe" text
);
--> statement-breakpoint
CREATE TABLE "run_queue" (
	"run" text PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL,
	"instrument" text NOT NULL,
	"driver" text NOT NULL,
	"repeatable" boolean NOT NULL,
	"state" text NOT NULL,
	"wanted" text DEFAULT 'run' NOT NULL,
	"submitted_by" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"failure" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweep_tiles" (
	"sweep" bigint NOT NULL,
	"tile" integer NOT NULL,
	"arrival" bigserial NOT NULL,
	"sha256" text NOT NULL,
	"payload" "bytea",
	"worker" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sweep_tiles_sweep_tile_pk" PRIMARY KEY("sweep","tile")
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"number" bigserial PRIMARY KEY NOT NULL,
	"request" jsonb NOT NULL,
	"method" text NOT NULL,
	"tiles" integer NOT NULL,
	"state" text NOT NULL,
	"failure" text,
	"submitted_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "run_queue_state" ON "run_queue" USING btree ("state","number");--> statement-breakpoint
CREATE INDEX "sweep_tiles_arrival" ON "sweep_tiles" USING btree ("sweep","arrival");--> statement-breakpoint
CREATE FUNCTION "audit_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of the audit log are neither changed nor deleted';
END
$$;--> statement-breakpoint
CREATE TRIGGER "audit_rows" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_is_append_only"();--> statement-breakpoint
CREATE TRIGGER "audit_table" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_is_append_only"();
