CREATE TABLE "invitations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"used_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone,
	CONSTRAINT "invitations_role" CHECK (role in ('admin', 'member'))
);
--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_token" ON "invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "invitations_email" ON "invitations" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "invitations_expiry" ON "invitations" USING btree ("expires_at");--> statement-breakpoint
-- Who may register, where not everybody may. An invitation is spent by the statement that opens the
-- account: if that fails, it is as good as before.

-- Before an invitation is made, by one administrator after the other: FT409 for an e-mail that has an
-- account, or when as many invitations wait to be used as anybody needs. An older one to the same
-- address ends.
create function require_new_invitation(address text) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.invitations'));
  if exists (select 1 from users where lower(email) = lower(address)) then
    perform fail('FT409', 'email_taken');
  end if;
  update invitations set revoked_at = clock_timestamp() where lower(email) = lower(address) and used_at is null and revoked_at is null;
  if (select count(*) from invitations where expires_at > now() and used_at is null and revoked_at is null) >= 500 then
    perform fail('FT409', 'too_many_invitations');
  end if;
end $$;

-- The role in which somebody who registers is admitted; FT403 when they are not. `mode` is the setting
-- REGISTRATION. The first account is always admitted; two at once queue up here, as in users_rules. An
-- invitation that was presented counts in every mode but 'closed', and is good for as long as who made
-- it may make one.
create function admit(mode text, address text, presented text) returns text language plpgsql as $$
declare invited invitations;
begin
  if not exists (select 1 from users) then
    perform pg_advisory_xact_lock(hashtext('flowtrack.first_account'));
    if not exists (select 1 from users) then
      return 'admin';
    end if;
  end if;
  if mode = 'closed' then
    perform fail('FT403', 'registration_closed');
  elsif presented is null and mode = 'open' then
    return 'member';
  elsif presented is null then
    perform fail('FT403', 'invitation_required');
  end if;
  select * into invited from invitations where token_hash = presented for update;
  if invited.id is null or lower(invited.email) <> lower(address) then
    perform fail('FT403', 'invitation_invalid', '{"reason": "unknown", "say": "There is no such invitation to this e-mail: check both, or ask an administrator"}');
  elsif invited.used_at is not null then
    perform fail('FT403', 'invitation_invalid', '{"reason": "used", "say": "This invitation was used before: sign in, or ask an administrator for a new one"}');
  elsif invited.revoked_at is not null or not exists (select 1 from users where id = invited.created_by and is_active and role = 'admin') then
    perform fail('FT403', 'invitation_invalid', '{"reason": "revoked", "say": "This invitation was withdrawn: ask an administrator for a new one"}');
  elsif invited.expires_at <= now() then
    perform fail('FT403', 'invitation_invalid', '{"reason": "expired", "say": "This invitation has expired: ask an administrator for a new one"}');
  end if;
  update invitations set used_at = clock_timestamp() where id = invited.id;
  return invited.role;
end $$;

-- FT403 for a key that is bound to some projects: for what is outside of them. Replaces the function of
-- 0010_api_keys.sql; it now says what to do.
create or replace function require_every_project() returns void language plpgsql as $$
begin
  if current_setting('flowtrack.projects', true) <> '' then
    perform fail('FT403', 'scope_missing', '{"scope": "every project", "say": "This API key is bound to projects, and this is outside of them: use a key without project_ids, or sign in"}');
  end if;
end $$;
