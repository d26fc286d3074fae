CREATE TABLE "recovery_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"used_at" timestamp(3) with time zone,
	"user_agent" text,
	"ip" text
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "retired" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "recovery_links" ADD CONSTRAINT "recovery_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_links" ADD CONSTRAINT "recovery_links_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "recovery_links_token" ON "recovery_links" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "recovery_links_user" ON "recovery_links" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "recovery_links_expiry" ON "recovery_links" USING btree ("expires_at");--> statement-breakpoint
-- Rotates a refresh token (RFC 9700, 4.14.2); replaces the function of 0002_access.sql. Two things
-- decide: that a token was once this session's, and how long ago it was itself rotated. The current
-- token gives way to its successor. One that was rotated less than `grace` ago is a client that raced
-- with itself, lost an answer, or was slow: 'rotated' while its successor is the current one, else
-- 'superseded'. It changes nothing: the caller hands out the current token, and nobody's grace grows.
-- An older one is a replay and ends the session, if it is `genuine`: what we never issued must not end
-- anybody's session.
create or replace function rotate_session(session uuid, presented text, successor text, grace interval, genuine boolean)
returns table (outcome text, user_id uuid, role text) language plpgsql as $$
declare s sessions; account users; fresh_after timestamptz := clock_timestamp() - grace; older jsonb;
begin
  select * into s from sessions where id = session for update;
  if not found or s.revoked_at is not null or s.expires_at <= now() then
    return query select 'ended', s.user_id, null::text;
    return;
  end if;
  select * into account from users u where u.id = s.user_id;
  if not account.is_active then
    return query select 'ended', s.user_id, null::text;
    return;
  end if;
  older := s.retired || case when s.previous_hash is null then '{}' else jsonb_build_object(s.previous_hash, s.rotated_at) end;
  if s.refresh_hash = presented then
    -- At most 20: who rotates more often than that within the grace is no tab.
    older := (select coalesce(jsonb_object_agg(key, value), '{}') from (
      select key, value from jsonb_each_text(older) where value::timestamptz > fresh_after order by value::timestamptz desc limit 20) as kept);
    update sessions set previous_hash = presented, refresh_hash = successor, rotated_at = clock_timestamp(), retired = older,
      last_used_at = clock_timestamp() where id = session;
    return query select 'rotated', s.user_id, account.role;
  elsif (older ->> presented)::timestamptz > fresh_after then
    return query select case when s.refresh_hash = successor then 'rotated' else 'superseded' end, s.user_id, account.role;
  elsif genuine then
    update sessions set revoked_at = clock_timestamp(), revoke_reason = 'refresh_reuse' where id = session;
    return query select 'reused', s.user_id, null::text;
  else
    return query select 'ended', s.user_id, null::text;
  end if;
end $$;

-- Before a link is made: FT404 for who has no account any more, FT409 for who was disabled. Whatever makes, uses
-- or ends links locks the account's row first, as what makes API keys does; a new link ends the older one.
create function require_recoverable(person uuid) returns void language plpgsql as $$
declare account users;
begin
  select * into account from users where id = person for no key update;
  if not found or account.email = 'deleted-' || person || '@invalid' then
    perform fail('FT404', 'not_found');
  elsif not account.is_active then
    perform fail('FT409', 'account_disabled');
  end if;
  delete from recovery_links where user_id = person and used_at is null;
end $$;

-- The link of a token, while it may be used: once, in time, for an active account, and as long as who made it
-- is an administrator.
create function usable_recovery_link(hash text) returns setof recovery_links language sql stable as $$
  select l.* from recovery_links l join users u on u.id = l.user_id join users maker on maker.id = l.created_by
  where l.token_hash = hash and l.used_at is null and l.expires_at > clock_timestamp() and u.is_active
    and maker.is_active and maker.role = 'admin';
$$;

-- Uses it up: FT403 unless it may be used. Of two at once, the second finds it used.
create function use_recovery_link(hash text, from_ip text, agent text) returns void language plpgsql as $$
begin
  perform 1 from users where id = (select user_id from recovery_links where token_hash = hash) for no key update;
  update recovery_links set used_at = clock_timestamp(), ip = from_ip, user_agent = agent
    where id = (select l.id from usable_recovery_link(hash) l);
  if not found then
    perform fail('FT403', 'recovery_invalid');
  end if;
end $$;
