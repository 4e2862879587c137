-- name: Person :one
SELECT * FROM person
WHERE person.id = @id AND person.collection_id = @collection_id AND (person.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.person_id = person.id AND m.owner_id = @owner) OR @owner = '');

-- name: InsertPerson :one
INSERT INTO person (
    id, collection_id, company_id, name_fold, images, metadata, technical, created, updated
)
SELECT
    @id, collection.id, collection.company_id, @name_fold, @images, @metadata, @technical, @created, @updated
FROM collection
WHERE collection.id = @collection_id
  AND (collection.company_id = @scope OR @scope = '*')
RETURNING company_id;

-- name: TouchPerson :execrows
UPDATE person SET images = @images, updated = @updated
WHERE person.id = @id AND (person.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.person_id = person.id AND m.owner_id = @owner) OR @owner = '');

-- name: DeletePerson :execrows
DELETE FROM person
WHERE person.id = @id AND (person.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.person_id = person.id AND m.owner_id = @owner) OR @owner = '');

-- name: PersonMetadata :one
SELECT metadata, company_id FROM person
WHERE person.id = @id AND (person.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.person_id = person.id AND m.owner_id = @owner) OR @owner = '');

-- name: SetPersonMetadata :one
UPDATE person SET metadata = @metadata, name_fold = @name_fold, updated = @updated
WHERE person.id = @id AND (person.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.person_id = person.id AND m.owner_id = @owner) OR @owner = '')
RETURNING company_id;

-- name: PersonReferences :many
SELECT analysis_match.analysis_id, analysis_match.folder_id FROM analysis_match
JOIN analysis ON analysis.id = analysis_match.analysis_id
WHERE analysis_match.person_id = @person_id
  AND (analysis_match.company_id = @scope OR @scope = '*')
  AND (analysis_match.owner_id = @owner OR @owner = '')
GROUP BY analysis_match.analysis_id, analysis_match.folder_id, analysis.created
ORDER BY analysis.created DESC, analysis_match.analysis_id DESC
LIMIT @most;

-- name: CountPersonReferences :one
SELECT COUNT(DISTINCT analysis_id) FROM analysis_match
WHERE person_id = @person_id
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');

-- name: ImageReferences :many
SELECT analysis_match.analysis_id, analysis_match.folder_id FROM analysis_match
JOIN analysis ON analysis.id = analysis_match.analysis_id
WHERE analysis_match.image_id = @image_id
  AND (analysis_match.company_id = @scope OR @scope = '*')
  AND (analysis_match.owner_id = @owner OR @owner = '')
ORDER BY analysis.created DESC, analysis_match.analysis_id DESC
LIMIT @most;

-- name: CountImageReferences :one
SELECT COUNT(*) FROM analysis_match
WHERE image_id = @image_id
  AND (company_id = @scope OR @scope = '*') AND (owner_id = @owner OR @owner = '');
