-- From when on messages are answered, in seconds since 1970: the log was restored then.
alter table "ChatbotSettings" add column "answersFrom" integer not null default 0;
