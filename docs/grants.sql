-- Who may do what on PostgreSQL. Run it as the owner of Hilo's tables, a superuser or a member of
-- hilo_writer, after every `hilo migrate`, which that owner runs too:
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f docs/grants.sql
-- Then `hilo serve` connects as a member of hilo_writer, and whoever only reads (`hilo events`,
-- `hilo audit verify`, reports) as a member of hilo_reader:
--   create role hilo_serve login password '…' in role hilo_writer;
--   alter  role hilo_serve set role hilo_writer;  -- so that what a rebuild makes is hilo_writer's
--   create role auditor    login password '…' in role hilo_reader;
-- A writer appends. It can't change or remove what is in the log, nor switch off what refuses that,
-- for it owns none of the log's tables. It owns the tables that people read, which a rebuild makes
-- anew, and may destroy keys, which is how a person is erased.
do $$
begin
  if not exists (select from pg_roles where rolname = 'hilo_writer') then
    create role hilo_writer nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'hilo_reader') then
    create role hilo_reader nologin;
  end if;
end $$;

revoke all on all tables in schema public from public, hilo_writer, hilo_reader;
revoke all on all sequences in schema public from public, hilo_writer, hilo_reader;

grant usage on schema public to hilo_writer, hilo_reader;
grant create on schema public to hilo_writer;
grant select on all tables in schema public to hilo_writer, hilo_reader;

-- The log: insert-only.
grant insert on event, seal, alias, message_ref, event_type to hilo_writer;
grant insert, delete on stream_key to hilo_writer;
-- Who decides.
grant insert, update, delete on lease, decider to hilo_writer;
grant select, usage, update on sequence lease_epoch to hilo_writer;
-- What is kept for a time, and how far the tables have come.
grant insert, update, delete on delivery, mark, projection_checkpoint, projection_parked
  to hilo_writer;
grant insert, update, delete on "KnowledgeDocument", "DocumentChunk" to hilo_writer;
grant usage, update on all sequences in schema public to hilo_writer;

-- What people read.
do $$
declare one text;
begin
  foreach one in array array['Client', 'Conversation', 'Message', 'MessageMetrics', 'early_status',
                             'ChatbotSettings', 'open_work'] loop
    execute format('alter table %I owner to hilo_writer', one);
    execute format('grant select on %I to hilo_reader', one);
  end loop;
end $$;
-- Those that a rebuild makes are the writer's too, and are read as well.
alter default privileges for role hilo_writer in schema public
  grant select on tables to hilo_reader;
