insert into delivery (id, received, reason, sha256, sealed)
values ($1, $2, $3, $4, $5)
    on conflict do nothing
