CREATE INDEX "activity_logs_removed" ON "activity_logs" USING btree ("project_id",(data ->> 'user_id')) WHERE action = 'member.removed';--> statement-breakpoint
-- A removal that is repeated, as its answer was lost, is no failure: FT404 only for who was never a
-- member of the project. The index holds one entry for each removal.
create function require_ever_member(project uuid, person uuid) returns void language plpgsql as $$
begin
  if not exists (select 1 from project_members m where m.project_id = project and m.user_id = person)
    and not exists (select 1 from activity_logs a where a.project_id = project and a.action = 'member.removed'
      and a.data ->> 'user_id' = person::text) then
    perform fail('FT404', 'not_found');
  end if;
end $$;
--> statement-breakpoint
-- Called nowhere since 0010.
drop function require_member(uuid, uuid, uuid, text);
