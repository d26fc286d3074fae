CREATE TABLE "report_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"report" text NOT NULL,
	"query" jsonb NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "report_links" ADD CONSTRAINT "report_links_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_links" ADD CONSTRAINT "report_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "report_links_user" ON "report_links" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "report_links_project" ON "report_links" USING btree ("project_id","id");--> statement-breakpoint
CREATE INDEX "report_links_expiry" ON "report_links" USING btree ("expires_at");--> statement-breakpoint
-- What a person may do in a project: their role there, 'manager' for an administrator; null when there
-- is no such active account, or nothing that it may do.
create function project_role(project uuid, person uuid) returns text language sql stable as $$
  select case when u.role = 'admin' then 'manager' else m.role end
  from users u left join project_members m on m.user_id = u.id and m.project_id = project
  where u.id = person and u.is_active;
$$;

-- The first statement of a read by a signed link, whose signature was checked outside: FT403 once it
-- has ended. A row that is gone had expired, or its project is gone too.
create function require_link(link uuid, project uuid) returns void language plpgsql stable as $$
declare l report_links;
begin
  select * into l from report_links where id = link and project_id = project;
  if l.id is null or l.expires_at <= now() then
    perform fail('FT403', 'link_expired');
  elsif l.revoked_at is not null or project_role(l.project_id, l.user_id) is null then
    perform fail('FT403', 'link_revoked');
  end if;
end $$;
