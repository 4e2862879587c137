-- name: User :one
SELECT * FROM account
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: UserByEmail :one
SELECT * FROM account
WHERE email_fold = @email_fold AND (company_id = @scope OR @scope = '*');

-- name: InsertUser :execrows
INSERT INTO account (
    id, company_id, role, email, email_fold, first_name, last_name, middle_name, name_fold,
    active, may_biometry, may_quality, may_collection, may_documents, may_erase,
    last_login, password_hash, metadata, technical, created, updated
) VALUES (
    @id, @company_id, @role, @email, @email_fold, @first_name, @last_name, @middle_name, @name_fold,
    @active, @may_biometry, @may_quality, @may_collection, @may_documents, @may_erase,
    @last_login, @password_hash, @metadata, @technical, @created, @updated
);

-- name: UpdateUser :one
UPDATE account SET
    role = @role, email = @email, email_fold = @email_fold,
    first_name = @first_name, last_name = @last_name, middle_name = @middle_name,
    name_fold = @name_fold, active = @active,
    may_biometry = @may_biometry, may_quality = @may_quality, may_collection = @may_collection,
    may_documents = @may_documents, may_erase = @may_erase,
    last_login = @last_login, password_hash = @password_hash,
    metadata = @metadata, technical = @technical, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*')
RETURNING company_id;

-- name: TouchLogin :execrows
UPDATE account SET last_login = @last_login
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: DeleteUser :execrows
DELETE FROM account
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: ActiveAdmins :one
SELECT COUNT(*) FROM account WHERE role = 'ADMIN' AND active;

-- name: CountUsers :one
SELECT COUNT(*) FROM account;

-- name: UserMetadata :one
SELECT metadata, company_id FROM account
WHERE id = @id AND (company_id = @scope OR @scope = '*');

-- name: SetUserMetadata :one
UPDATE account SET metadata = @metadata, updated = @updated
WHERE id = @id AND (company_id = @scope OR @scope = '*')
RETURNING company_id;
