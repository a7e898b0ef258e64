-- What is sealed is sealed anew when keys rotate.
GRANT SELECT (id, body), UPDATE (body) ON idempotency_keys TO relink_operator;
