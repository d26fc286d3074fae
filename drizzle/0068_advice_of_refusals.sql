create or replace function require_new_key(person uuid, projects uuid[], allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= allowed then
    perform fail('FT409', 'too_many_keys', jsonb_build_object('limit', allowed, 'say',
      format('You may have %s API keys: revoke one that is no longer used', allowed)));
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "names a project that you are no member of: ask a manager of it to add you, or leave it out"}');
  end if;
  delete from api_keys where id in (
    select k.id from api_keys k where k.user_id = person and (k.revoked_at is not null or k.expires_at <= now()) order by k.id desc offset allowed);
end $$;
--> statement-breakpoint
create or replace function require_new_invitation(address text, allowed int) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.invitations'));
  if exists (select 1 from users where lower(email) = lower(address)) then
    perform fail('FT409', 'email_taken', '{"say": "This person has an account: find it by GET /users. If it is disabled, enable it; if the password is lost, make a recovery link by POST /users/{id}/recovery-link"}');
  end if;
  update invitations set revoked_at = clock_timestamp() where lower(email) = lower(address) and used_at is null and revoked_at is null;
  if (select count(*) from invitations where expires_at > now() and used_at is null and revoked_at is null) >= allowed then
    perform fail('FT409', 'too_many_invitations', jsonb_build_object('limit', allowed, 'say',
      format('%s invitations wait to be used: withdraw some by DELETE /invitations/{id}', allowed)));
  end if;
  delete from invitations where id in (
    select i.id from invitations i where i.used_at is not null or i.revoked_at is not null or i.expires_at <= now() order by i.id desc offset allowed);
end $$;
