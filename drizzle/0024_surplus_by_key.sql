-- Looks at the next `visits` people after `since`, whose order the primary key gives, and forgets what each has beyond the
-- newest `kept` notifications: `most` rows of all of them. A stream's counter is no less than its rows, so the rows of few are
-- looked at. Returns the last person who is done; null when they were all that there are.
create or replace function forget_surplus_notifications(since uuid, kept int, visits int, most int) returns uuid language plpgsql as $$
declare person inboxes; looked int := 0; room int := most; gone int;
begin
  for person in select * from inboxes where user_id > since order by user_id limit visits loop
    looked := looked + 1;
    if person.seq > kept then
      perform from inboxes where user_id = person.user_id for no key update;
      delete from notifications where id in (
        select (n).id from (select n from notifications n where n.user_id = person.user_id order by n.id desc offset kept) older
        where not still_reminds(n) limit room);
      get diagnostics gone = row_count;
      room := room - gone;
      if room <= 0 then
        return person.user_id;
      end if;
    end if;
  end loop;
  return case when looked = visits then person.user_id end;
end $$;
