-- No operation ever asked for it.
UPDATE api_keys SET scopes = array_remove(scopes, 'users:write') WHERE 'users:write' = ANY (scopes);
