-- name: PersonImage :one
SELECT * FROM person_image
WHERE (person_image.id = @id OR person_image.media_id = @id) AND person_image.person_id = @person_id AND person_image.collection_id = @collection_id
  AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '');

-- name: PersonImageByMedia :one
SELECT * FROM person_image
WHERE person_image.media_id = @media_id AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '');

-- name: ImagesOfPerson :many
SELECT * FROM person_image
WHERE person_image.person_id = @person_id AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '')
ORDER BY person_image.created, id;

-- name: ImageByHash :one
SELECT * FROM person_image
WHERE person_image.collection_id = @collection_id AND person_image.sha256 = @sha256
  AND (person_image.person_id = @person_id OR @person_id = '')
  AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '')
ORDER BY person_image.created, person_image.id
LIMIT 1;

-- name: InsertPersonImage :one
INSERT INTO person_image (
    id, media_id, person_id, collection_id, company_id, part, original_name, tags, face, quality,
    duplicate_of, info, sha256, blob_key, thumb_key, metadata, technical, created, updated
)
SELECT
    @id, @media_id, person.id, person.collection_id, person.company_id, @part, @original_name, @tags, @face, @quality,
    @duplicate_of, @info, @sha256, @blob_key, @thumb_key, @metadata, @technical, @created, @updated
FROM person
WHERE person.id = @person_id AND person.collection_id = @collection_id
  AND (person.company_id = @scope OR @scope = '*')
RETURNING company_id;

-- name: InsertTemplate :exec
INSERT INTO person_template (image_id, collection_id, model, template)
VALUES (@image_id, @collection_id, @model, @template);

-- name: Template :one
SELECT t.model, t.template FROM person_template t
JOIN person_image i ON i.id = t.image_id
WHERE t.image_id = @image_id AND (i.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = i.id AND m.owner_id = @owner) OR @owner = '');

-- name: PersonOfImage :one
SELECT person_image.person_id FROM person_image
WHERE person_image.id = @id AND person_image.collection_id = @collection_id
  AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '');

-- name: MoveImage :execrows
UPDATE person_image SET person_id = @person_id, updated = @updated
WHERE person_image.id = @id AND (person_image.company_id = @scope OR @scope = '*')
  AND person_image.collection_id = (SELECT p.collection_id FROM person p WHERE p.id = @person_id)
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '');

-- name: DeletePersonImage :execrows
DELETE FROM person_image
WHERE person_image.id = @id AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '');

-- name: PersonImageMetadata :one
SELECT metadata, company_id FROM person_image
WHERE person_image.id = @id AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '');

-- name: SetPersonImageMetadata :one
UPDATE person_image SET metadata = @metadata, updated = @updated
WHERE person_image.id = @id AND (person_image.company_id = @scope OR @scope = '*')
  AND (EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = @owner) OR @owner = '')
RETURNING company_id;
