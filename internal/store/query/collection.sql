-- name: Collection :one
SELECT * FROM collection
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: LockCollection :one
SELECT * FROM collection
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: ShareCollection :one
SELECT * FROM collection
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: CollectionByAlias :one
SELECT * FROM collection
WHERE company_id = @company_id AND alias_fold = @alias_fold AND (company_id = @scope OR @scope = '*');

-- name: InsertCollection :execrows
INSERT INTO collection (
    id, company_id, alias, alias_fold, on_match, threshold, target_fpir, face_rule,
    persons, images, version, digest, pruned, metadata, technical, created, updated
) VALUES (
    @id, @company_id, @alias, @alias_fold, @on_match, @threshold, @target_fpir, @face_rule,
    @persons, @images, @version, @digest, @pruned, @metadata, @technical, @created, @updated
);

-- name: UpdateCollection :one
UPDATE collection SET
    alias = @alias, alias_fold = @alias_fold, on_match = @on_match, threshold = @threshold,
    target_fpir = @target_fpir, face_rule = @face_rule, metadata = @metadata, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*')
RETURNING company_id;

-- name: SetCollectionState :execrows
UPDATE collection SET
    persons = @persons, images = @images, version = @version, digest = @digest, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: DeleteCollection :execrows
DELETE FROM collection
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: AppendChange :execrows
INSERT INTO collection_change (collection_id, version, op, image_id, person_id)
SELECT collection.id, @version, @op, @image_id, @person_id FROM collection
WHERE collection.id = @collection_id AND (company_id = @scope OR @scope = '*');

-- name: Changes :many
SELECT c.version, c.op, c.image_id, c.person_id, t.model, t.template
FROM collection_change c
JOIN collection ON collection.id = c.collection_id
LEFT JOIN person_template t ON t.image_id = c.image_id AND c.op = 'add'
WHERE c.collection_id = @collection_id AND c.version > @above
  AND (collection.company_id = @scope OR @scope = '*')
ORDER BY c.version
LIMIT @most;

-- name: GalleryRows :many
SELECT t.image_id, i.person_id, t.model, t.template
FROM person_template t
JOIN person_image i ON i.id = t.image_id
WHERE t.collection_id = @collection_id AND t.image_id > @after
  AND (i.company_id = @scope OR @scope = '*')
ORDER BY t.image_id
LIMIT @most;

-- name: PruneChanges :exec
DELETE FROM collection_change
WHERE collection_change.collection_id = @collection_id AND collection_change.version <= @up_to
  AND EXISTS (SELECT 1 FROM collection WHERE collection.id = collection_change.collection_id
    AND (collection.company_id = @scope OR @scope = '*'));

-- name: MarkPruned :execrows
UPDATE collection SET pruned = @up_to
WHERE id = @id AND pruned < @up_to AND (company_id = @scope OR @scope = '*');

-- name: CollectionMetadata :one
SELECT metadata, company_id FROM collection
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: SetCollectionMetadata :one
UPDATE collection SET metadata = @metadata, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*')
RETURNING company_id;

-- name: PrunedTo :one
SELECT pruned FROM collection
WHERE id = @id AND (company_id = @scope OR @scope = '*');
