-- Lists sort by due date, priority and title, each along its index.
-- Where a title stands among others, in whatever case; of long ones, by how they begin, as an index holds no more.
create or replace function title_order(title text) returns text language sql immutable strict parallel safe
  return left(folded(left(title, 80)), 80);
--> statement-breakpoint
create or replace function priority_rank(priority text) returns int language sql immutable parallel safe
  return array_position('{none,low,medium,high,urgent}'::text[], priority);
--> statement-breakpoint
CREATE INDEX "tasks_by_due" ON "tasks" USING btree ("project_id","due_date","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "tasks_by_priority" ON "tasks" USING btree ("project_id",priority_rank(priority),"id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "tasks_by_title" ON "tasks" USING btree ("project_id",title_order(title) collate "C","id") WHERE deleted_at is null;
