-- A person may let a parked stream go on: from the event at `position`, or without it.
alter table projection_parked add column since int8 not null default 0,  -- that event's time
  add column taken int4 not null default 0, add column resumed int4 not null default 0;
update projection_parked p set since = recorded, taken = version - 1
  from event e where e.position = p.position;
create index parked_position on projection_parked (projection, copy, position);
create index parked_resumed on projection_parked (projection, copy, position) where resumed = 1;
-- What becomes of late answers, of new input, of uncertain sends and of a paused webhook.
alter table "ChatbotSettings" add column "maxAnswerAgeMinutes" bigint not null default 15;
alter table "ChatbotSettings" add column "newInput" text not null default 'supersede';
alter table "ChatbotSettings" add column "uncertainSends" text not null default 'review';
alter table "ChatbotSettings" add column "mendPausedWebhook" boolean not null default false;
