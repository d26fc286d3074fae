-- Keeps what is searched of one text, in the form in which it is compared.
create or replace function put_search_text(text_id uuid, task uuid, project uuid, new_title text, new_body text) returns void language sql as $$
  insert into search_texts (id, task_id, project_id, title, body, grams)
    values (text_id, task, project, new_title, new_body, array_to_tsvector(search_grams(new_title || ' ' || new_body) || project::text))
    on conflict (id) do update set task_id = excluded.task_id, project_id = excluded.project_id, title = excluded.title, body = excluded.body, grams = excluded.grams;
$$;
--> statement-breakpoint
-- Of a task: its number and title, and how its description begins.
create or replace function keep_search_text() returns trigger language plpgsql as $$
begin
  perform put_search_text(new.id, new.id, new.project_id, search_text(new.number || ' ' || new.title), search_text(left(new.description, 20000)));
  return null;
end $$;
--> statement-breakpoint
-- Of a comment, as long as it is there.
create or replace function keep_comment_text() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_texts where id = old.id;
  else
    perform put_search_text(new.id, new.task_id, new.project_id, '', search_text(new.body));
  end if;
  return null;
end $$;
--> statement-breakpoint
select put_search_text(c.id, c.task_id, c.project_id, '', search_text(c.body)) from comments c;
--> statement-breakpoint
CREATE TRIGGER search_10_keep AFTER INSERT OR DELETE OR UPDATE OF project_id, task_id, body ON comments FOR EACH ROW EXECUTE FUNCTION keep_comment_text();
--> statement-breakpoint
ALTER TABLE comments ENABLE ALWAYS TRIGGER search_10_keep;
