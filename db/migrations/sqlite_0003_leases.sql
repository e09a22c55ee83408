-- One process has the file, and all its slices for as long as it runs: nothing runs out.
alter table lease drop column until;
