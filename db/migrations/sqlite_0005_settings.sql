-- What becomes of late answers, of new input, of uncertain sends and of a paused webhook.
alter table "ChatbotSettings" add column "maxAnswerAgeMinutes" integer not null default 15;
alter table "ChatbotSettings" add column "newInput" text not null default 'supersede';
alter table "ChatbotSettings" add column "uncertainSends" text not null default 'review';
alter table "ChatbotSettings" add column "mendPausedWebhook" integer not null default 0;
