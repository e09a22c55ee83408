call renew_leases($1, $2, $3, null, null, null)
