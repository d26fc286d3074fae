ALTER TABLE "report_links" ALTER COLUMN "project_id" DROP NOT NULL;
--> statement-breakpoint
create or replace function maker_may_read(link report_links) returns boolean language sql stable as $$
  select case when link.project_id is null then (select is_active from users where id = link.user_id)
    else project_role(link.project_id, link.user_id) is not null end;
$$;
--> statement-breakpoint
create or replace function require_link(link uuid, project uuid) returns void language plpgsql stable as $$
declare l report_links;
begin
  select * into l from report_links where id = link and project_id is not distinct from project;
  if l.id is null or l.expires_at <= now() then
    perform fail('FT403', 'link_expired');
  elsif l.revoked_at is not null or not maker_may_read(l) then
    perform fail('FT403', 'link_revoked');
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_link(project uuid, person uuid, usual int, each int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'links', usual);
begin
  perform 1 from projects where id = project for no key update;
  perform 1 from users where id = person for no key update;
  delete from report_links where id in (
    select l.id from report_links l where l.user_id = person and (l.revoked_at is not null or l.expires_at <= now()) order by l.id desc offset each);
  if (select count(*) from report_links l where l.user_id = person and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= each then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', each, 'say',
      format('You may have %s links: withdraw one by DELETE /reports/links/{id}, or wait until one expires', each)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s links: let a manager withdraw some by DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
