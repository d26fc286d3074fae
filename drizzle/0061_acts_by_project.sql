DROP INDEX "pending_acts_visited";--> statement-breakpoint
CREATE INDEX "pending_acts_turns" ON "pending_acts" USING btree ("project_id","visited_at");