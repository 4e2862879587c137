-- name: OpenAuditChain :exec
INSERT INTO audit_chain (chain, seq, hash) VALUES (@chain, 0, @hash)
ON CONFLICT (chain) DO NOTHING;

-- name: LockAuditChain :one
SELECT seq, hash FROM audit_chain WHERE chain = @chain;

-- name: AuditHead :one
SELECT seq, hash FROM audit_chain
WHERE chain = @chain AND (chain = @scope OR @scope = '*');

-- name: InsertAuditRecord :exec
INSERT INTO audit_record (
    id, chain, seq, created, action, object_type, object_id, outcome, actor_id, record, prev_hash, hash
) VALUES (
    @id, @chain, @seq, @created, @action, @object_type, @object_id, @outcome, @actor_id, @record, @prev_hash, @hash
);

-- name: MoveAuditHead :execrows
UPDATE audit_chain SET seq = @seq, hash = @hash
WHERE chain = @chain AND seq = @seq - 1 AND hash = @prev_hash;

-- name: AuditRecords :many
SELECT * FROM audit_record
WHERE chain = @chain AND seq >= @from_seq AND (chain = @scope OR @scope = '*')
ORDER BY seq
LIMIT @most;

-- name: AuditChains :many
SELECT chain FROM audit_chain
WHERE chain = @scope OR @scope = '*'
ORDER BY chain;

-- name: FirstAuditRecord :one
SELECT * FROM audit_record
WHERE chain = @chain AND (chain = @scope OR @scope = '*')
ORDER BY seq
LIMIT 1;

-- name: DropAuditRecords :execrows
DELETE FROM audit_record
WHERE chain = @chain AND seq <= @last_seq;
