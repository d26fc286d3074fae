-- Sessions, passwords, socket tickets, invitations and recovery links.

-- The Worker compares passwords: FT401 unless the hash that it compared is still the account's, and the account
-- active. This locks the account until the commit, so that a sign-in and a change of password cannot run at the same
-- time.
create or replace function require_password(person uuid, verified_hash text) returns void language plpgsql as $$
begin
  perform 1 from users where id = person and password_hash = verified_hash and is_active for no key update;
  if not found then
    perform fail('FT401', 'credentials_invalid');
  end if;
end $$;

-- Rotates a refresh token (RFC 9700, 4.14.2); `presented` and `successor` are hashes. The current token of the
-- session is replaced by its successor: 'rotated'. One that was itself rotated less than `grace` ago changes nothing,
-- since its client raced with itself, lost an answer, or was slow: 'rotated' while its successor is the current
-- token, else 'superseded'. The caller then hands out the current token, and the grace does not grow. Any other token
-- is a replay and ends the session, 'reused', if it is `genuine`: one that we never issued must not end anybody's
-- session. 'ended': the session is over or unknown, or the token not genuine.
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

-- Uses up a socket ticket: FT401 unless it is in time and its session or key alive. Only one call per ticket
-- succeeds.
create or replace function spend_ticket(hash text) returns table (user_id uuid, session_id uuid, access_expires_at timestamptz, by_key boolean) language plpgsql as $$
declare t ws_tickets;
begin
  delete from ws_tickets where ticket_hash = spend_ticket.hash returning * into t;
  if t.ticket_hash is null or t.expires_at <= now() then
    perform fail('FT401', 'ticket_invalid');
  end if;
  perform authenticate(t.user_id, coalesce(t.session_id, t.key_id), null, 'read', (select k.hash from api_keys k where k.id = t.key_id));
  return query select t.user_id, coalesce(t.session_id, t.key_id), t.access_expires_at, t.key_id is not null;
end $$;

-- Before a recovery link is made: FT404 when the account was deleted, FT409 when it is disabled. All functions that
-- make, use or end links lock the account's row first, as those that make API keys do. This deletes the unused link
-- of the account, and all used ones but the last.
create or replace function require_recoverable(person uuid) returns void language plpgsql as $$
declare account users;
begin
  select * into account from users where id = person for no key update;
  if not found or account.email = 'deleted-' || person || '@invalid' then
    perform fail('FT404', 'not_found');
  elsif not account.is_active then
    perform fail('FT409', 'account_disabled');
  end if;
  delete from recovery_links where user_id = person and (used_at is null
    or id < (select l.id from recovery_links l where l.user_id = person and l.used_at is not null order by l.id desc limit 1));
end $$;

-- The recovery link whose token has this hash, while it may be used: once, in time, for an active account, and as
-- long as its maker is an active administrator.
create or replace function usable_recovery_link(hash text) returns setof recovery_links language sql stable as $$
  select l.* from recovery_links l join users u on u.id = l.user_id join users maker on maker.id = l.created_by
  where l.token_hash = hash and l.used_at is null and l.expires_at > clock_timestamp() and u.is_active
    and maker.is_active and maker.role = 'admin';
$$;

-- Uses up a recovery link: FT403 unless it may be used. Of two concurrent calls, the second finds it used.
create or replace function use_recovery_link(hash text, from_ip text, agent text) returns void language plpgsql as $$
begin
  perform 1 from users where id = (select user_id from recovery_links where token_hash = hash) for no key update;
  update recovery_links set used_at = clock_timestamp(), ip = from_ip, user_agent = agent
    where id = (select l.id from usable_recovery_link(hash) l);
  if not found then
    perform fail('FT403', 'recovery_invalid');
  end if;
end $$;

-- Before an invitation is made, one at a time: FT409 for an e-mail address that has an account, or when `allowed`
-- invitations wait to be used. It revokes an older one to the same address, and deletes ended ones beyond the newest
-- `allowed`.
create or replace function require_new_invitation(address text, allowed int) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.invitations'));
  if exists (select 1 from users where lower(email) = lower(address)) then
    perform fail('FT409', 'email_taken', '{"say": "This person has an account: find it with GET /users. If it is disabled, enable it; if the password is lost, make a recovery link with POST /users/{id}/recovery-link"}');
  end if;
  update invitations set revoked_at = clock_timestamp() where lower(email) = lower(address) and used_at is null and revoked_at is null;
  if (select count(*) from invitations where expires_at > now() and used_at is null and revoked_at is null) >= allowed then
    perform fail('FT409', 'too_many_invitations', jsonb_build_object('limit', allowed, 'say',
      format('%s invitations are not used yet: withdraw some with DELETE /invitations/{id}', allowed)));
  end if;
  delete from invitations where id in (
    select i.id from invitations i where i.used_at is not null or i.revoked_at is not null or i.expires_at <= now() order by i.id desc offset allowed);
end $$;

-- The role of somebody who registers; FT403 when they may not. `mode` is the setting REGISTRATION, `presented` the
-- hash of an invitation's token. The first account is always admitted; two concurrent ones wait for each other here,
-- as in users_rules. An invitation counts in every mode but 'closed', as long as its maker is an active
-- administrator, and is used up here.
create or replace function admit(mode text, address text, presented text) returns text language plpgsql as $$
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
    perform fail('FT403', 'invitation_invalid', '{"reason": "unknown", "say": "There is no such invitation for this e-mail address: compare the address and the token with the invitation that you got, or ask an administrator for a new one"}');
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
