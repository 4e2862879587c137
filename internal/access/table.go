package access

import "example.org/osprey"

// Cells are the ranges of one row, in the order of osprey.Roles: ADMIN, OPERATOR,
// CLIENT_ADMIN, CLIENT_OPERATOR, CLIENT, CLIENT_SERVICE.
type Cells [6]Range

// Rule is one row of the role table.
type Rule struct {
	Endpoint Endpoint
	// Row is the first cell of the contract's row that the rule comes from; rules
	// that were split off one row share it.
	Row   string
	Cells Cells
	// View is the endpoint that reads the noun in the path: what lies outside its
	// range is invisible.
	View Endpoint
	// Analysis, when set, is the type of analysis whose flag the call needs too.
	Analysis osprey.AnalysisType
	// Write tells calls that change something or hand data out in bulk; their
	// refusals are audited under the endpoint's name.
	Write bool
}

// Public reports whether the call needs no token.
func (r Rule) Public() bool { return r.Cells[0] == RangePublic }

// Of is the cell of a role; RangeNone for a role that is not in the table.
func (r Rule) Of(role osprey.Role) Range {
	for i, known := range osprey.Roles {
		if known == role {
			return r.Cells[i]
		}
	}
	return RangeNone
}

const (
	none   = RangeNone
	public = RangePublic
	self   = RangeSelf
	own    = RangeOwn
	own0   = RangeOwnUntouched
	co     = RangeCompany
	coE    = RangeCompanyErase
	all    = RangeAll
)

// Table is api.md 4 for the calls of this build: the single source of who may do
// what. The tests of the HTTP floor walk through it cell by cell; treat it as
// read-only.
var Table = []Rule{
	{MayLogin, rowLogin, Cells{public, public, public, public, public, public}, MayLogin, "", false},
	{MayRequestRestore, rowLogin, Cells{public, public, public, public, public, public}, MayRequestRestore, "", false},
	{MayConfirmRestore, rowLogin, Cells{public, public, public, public, public, public}, MayConfirmRestore, "", false},
	{MayRefresh, rowRefresh, Cells{self, self, self, self, self, self}, MayRefresh, "", false},
	{MayLogout, rowRefresh, Cells{self, self, self, self, self, self}, MayLogout, "", false},
	{MayMintSessionToken, "GET `/authorize/session_token`", Cells{all, none, co, none, co, co}, MayMintSessionToken, "", false},
	{MayReadSessions, rowSessions, Cells{all, self, co, self, self, self}, MayReadSessions, "", false},
	{MayDeleteSession, rowSessions, Cells{all, self, co, self, self, self}, MayReadSessions, "", true},
	{MayReadTokens, "GET, DELETE `/users/{id}/tokens`", Cells{all, none, co, none, none, self}, MayReadUsers, "", false},
	{MayDeleteToken, "GET, DELETE `/users/{id}/tokens`", Cells{all, none, co, none, none, self}, MayReadUsers, "", true},
	{MayCreateToken, "POST `/users/{id}/tokens`", Cells{all, none, co, none, none, none}, MayReadUsers, "", true},
	{MayResetPassword, "POST `/users/{id}/password_reset`", Cells{all, none, co, none, none, none}, MayReadUsers, "", true},

	{MayReadCompanies, "GET `/companies`, `/companies/{id}`", Cells{all, all, co, co, co, co}, MayReadCompanies, "", false},
	{MayCreateCompany, rowCompanies, Cells{all, none, none, none, none, none}, MayReadCompanies, "", true},
	{MayDeleteCompany, rowCompanies, Cells{all, none, none, none, none, none}, MayReadCompanies, "", true},
	{MayUpdateCompany, "PATCH `/companies/{id}`", Cells{all, none, co, none, none, none}, MayReadCompanies, "", true},

	{MayPreviewRetention, rowRetention, Cells{all, none, co, none, none, none}, MayReadCompanies, "", false},
	{MayReadWebhookSecrets, rowWebhookSecrets, Cells{all, none, co, none, none, none}, MayReadCompanies, "", false},
	{MayCreateWebhookSecret, rowWebhookSecrets, Cells{all, none, co, none, none, none}, MayReadCompanies, "", true},
	{MayDeleteWebhookSecret, rowWebhookSecrets, Cells{all, none, co, none, none, none}, MayReadCompanies, "", true},
	{MayReadDeliveries, rowDeliveries, Cells{all, none, co, none, none, none}, MayReadDeliveries, "", false},
	{MayRedeliver, rowDeliveries, Cells{all, none, co, none, none, none}, MayReadDeliveries, "", true},
	{MayTestWebhook, rowDeliveries, Cells{all, none, co, none, none, none}, MayReadDeliveries, "", true},

	{MayReadUsers, "GET `/users`, `/users/{id}`", Cells{all, all, co, self, self, self}, MayReadUsers, "", false},
	{MayCreateUser, rowUsers, Cells{all, none, co, none, none, none}, MayReadUsers, "", true},
	{MayDeleteUser, rowUsers, Cells{all, none, co, none, none, none}, MayReadUsers, "", true},
	{MayUpdateUser, "PATCH `/users/{id}`", Cells{all, self, co, self, self, self}, MayReadUsers, "", true},
	{MayReadUserMetadata, "GET `/users/{id}/meta_data`", Cells{all, all, co, self, self, self}, MayReadUserMetadata, "", false},
	{MayWriteUserMetadata, "POST, PATCH, DELETE `/users/{id}/meta_data`", Cells{all, self, co, self, self, self}, MayReadUserMetadata, "", true},

	{MayReadCollections, "GET `/collections`, `/collections/{id}`", Cells{all, all, co, co, co, co}, MayReadCollections, "", false},
	{MayCreateCollection, rowCollections, Cells{all, none, co, none, none, none}, MayReadCollections, "", true},
	{MayUpdateCollection, rowCollections, Cells{all, none, co, none, none, none}, MayReadCollections, "", true},
	{MayDeleteCollection, rowCollections, Cells{all, none, co, none, none, none}, MayReadCollections, "", true},
	{MayReadPersons, "GET `/collections/{id}/persons...`, `.../images...`", Cells{all, all, co, co, own, co}, MayReadPersons, "", false},
	{MayAddPerson, rowPersons, Cells{all, none, co, none, none, co}, MayReadPersons, "", true},
	{MayAddImages, rowPersons, Cells{all, none, co, none, none, co}, MayReadPersons, "", true},
	{MayUpdatePerson, "PATCH `/collections/{id}/persons/{id}`", Cells{all, none, co, none, none, co}, MayReadPersons, "", true},
	{MayDeletePerson, rowDeletePersons, Cells{all, none, co, none, none, coE}, MayReadPersons, "", true},
	{MayDeleteImage, rowDeletePersons, Cells{all, none, co, none, none, coE}, MayReadPersons, "", true},
	{MayMoveImages, "POST `/collections/{id}/persons/{id}/move_images`", Cells{all, none, co, none, none, coE}, MayReadPersons, "", true},
	{MayExport, "GET `/collections/{id}/export`, `/collections/{id}/persons/{id}/export`", Cells{all, none, co, none, none, none}, MayReadPersons, "", true},
	{MaySearchPhoto, "POST `/collections/{id}/search` (also needs `can_start_analysis_collection`)", Cells{all, all, co, co, none, co}, MayReadCollections, osprey.AnalysisCollection, true},
	{MayReadCollectionMetadata, "GET collection `meta_data`", Cells{all, all, co, co, co, co}, MayReadCollectionMetadata, "", false},
	{MayReadPersonMetadata, "GET person `meta_data`", Cells{all, all, co, co, own, co}, MayReadPersonMetadata, "", false},
	{MayWriteCollectionMetadata, "POST, PATCH, DELETE collection `meta_data`", Cells{all, none, co, none, none, none}, MayReadCollectionMetadata, "", true},
	{MayWritePersonMetadata, "POST, PATCH, DELETE person `meta_data`", Cells{all, none, co, none, none, co}, MayReadPersonMetadata, "", true},

	{MayReadFolders, "GET `/folders`, `/folders/{id}`, `/folders/{id}/media`, `/media/{id}`", Cells{all, all, co, co, own, co}, MayReadFolders, "", false},
	{MayCreateFolder, rowFolders, Cells{all, all, co, co, own, co}, MayReadFolders, "", true},
	{MayAddMedia, rowFolders, Cells{all, all, co, co, own, co}, MayReadFolders, "", true},
	{MayUpdateMedia, "PATCH `/media/{id}`", Cells{all, all, co, co, own, co}, MayReadFolders, "", true},
	{MayDeleteFolder, "DELETE `/folders/{id}`", Cells{all, none, co, none, own0, coE}, MayReadFolders, "", true},
	{MayDeleteMedia, "DELETE `/media/{id}`", Cells{all, none, co, none, own0, coE}, MayReadFolders, "", true},
	{MayReadFolderMetadata, rowReadFolderMetadata, Cells{all, all, co, co, own, co}, MayReadFolderMetadata, "", false},
	{MayReadMediaMetadata, rowReadFolderMetadata, Cells{all, all, co, co, own, co}, MayReadMediaMetadata, "", false},
	{MayWriteFolderMetadata, rowWriteFolderMetadata, Cells{all, all, co, co, own, co}, MayReadFolderMetadata, "", true},
	{MayWriteMediaMetadata, rowWriteFolderMetadata, Cells{all, all, co, co, own, co}, MayReadMediaMetadata, "", true},

	{MayStartAnalyses, "POST `/folders/{id}/analyses`", Cells{all, all, co, co, own, co}, MayReadFolders, "", true},
	{MayReadAnalyses, "GET `/folders/{id}/analyses`, `/analyses`, `/analyses/{id}`", Cells{all, all, co, co, own, co}, MayReadAnalyses, "", false},
	{MayGiveVerdict, "PATCH `/analyses/{id}` (verdict)", Cells{none, all, none, co, none, none}, MayReadAnalyses, "", true},
	{MayDeleteAnalysis, "DELETE `/analyses/{id}`", Cells{all, none, co, none, none, coE}, MayReadAnalyses, "", true},
	{MayReadAnalysisMetadata, "GET analysis `meta_data`", Cells{all, all, co, co, own, co}, MayReadAnalysisMetadata, "", false},
	{MayWriteAnalysisMetadata, "POST, PATCH, DELETE analysis `meta_data`", Cells{all, all, co, co, own, co}, MayReadAnalysisMetadata, "", true},

	// Nothing is written of it, a refusal neither.
	{MayAnalyseInstantly, "POST `/instant/folders`", Cells{all, none, co, co, co, co}, MayReadCompanies, "", false},
	{MayReadTemplates, "GET `/templates...`", Cells{all, all, co, co, co, co}, MayReadTemplates, "", false},
	{MayWriteTemplates, "POST, PATCH, DELETE `/templates...` (with attachments)", Cells{all, none, co, none, none, none}, MayReadTemplates, "", true},
	{MayMakeReport, rowReports, Cells{all, all, co, co, own, co}, MayReadFolders, "", true},
	{MayReadReports, rowReports, Cells{all, all, co, co, own, co}, MayReadReports, "", false},
	{MayDeleteReport, "DELETE `/reports/{id}`", Cells{all, none, co, none, none, coE}, MayReadReports, "", true},
	{MayReadStatistics, "GET `/statistics`", Cells{all, all, co, none, none, none}, MayReadStatistics, "", false},
	{MayReadUsage, "GET `/usage`", Cells{all, none, co, none, none, none}, MayReadUsage, "", false},
	{MayReadAudit, "GET `/audit`, `/audit/verify`", Cells{all, none, co, none, none, none}, MayReadAudit, "", false},

	{MayReadSystem, rowSystem, Cells{all, none, none, none, none, none}, MayReadSystem, "", false},
	{MayReadSettings, rowSystem, Cells{all, none, none, none, none, none}, MayReadSettings, "", false},
	{MayChangeSettings, rowSystem, Cells{all, none, none, none, none, none}, MayReadSettings, "", true},
	{MayReadModels, "GET `/models`", Cells{all, all, all, all, none, all}, MayReadModels, "", false},
	{MayReadLicense, "GET `/license`", Cells{all, all, all, all, all, all}, MayReadLicense, "", false},
	{MayReadVersion, "POST `/event_sessions`; GET `/ab-testings-configs`, `/version`, `/healthcheck`", Cells{public, public, public, public, public, public}, MayReadVersion, "", false},
}

// Rows of the contract that several rules come from.
const (
	rowLogin               = "POST `/authorize/auth`, `/authorize/restore`, `/authorize/restore/confirm`"
	rowRefresh             = "POST `/authorize/refresh`, `/authorize/logout`"
	rowSessions            = "GET, DELETE `/authorize/sessions`"
	rowCompanies           = "POST `/companies`; DELETE `/companies/{id}`"
	rowRetention           = "GET `/companies/{id}/retention_preview`; GET, POST, DELETE `/companies/{id}/webhook_secrets`"
	rowWebhookSecrets      = "GET `/companies/{id}/retention_preview`; GET, POST, DELETE `/companies/{id}/webhook_secrets`"
	rowDeliveries          = "GET `/webhooks/deliveries...`; POST `.../redeliver`, `/webhooks/test`"
	rowUsers               = "POST `/users`; DELETE `/users/{id}`"
	rowCollections         = "POST `/collections`; PATCH, DELETE `/collections/{id}`"
	rowPersons             = "POST `/collections/{id}/persons`, `.../images`"
	rowDeletePersons       = "DELETE `/collections/{id}/persons/{id}`, `.../images/{id}`"
	rowFolders             = "POST `/folders` (all forms), `/folders/{id}/media`"
	rowReadFolderMetadata  = "GET folder or media `meta_data`"
	rowWriteFolderMetadata = "POST, PATCH, DELETE folder or media `meta_data`"
	rowReports             = "POST `/folders/{id}/reports`; GET `/reports`, `/reports/{id}`"
	rowSystem              = "GET `/system`; GET, PATCH `/settings`"
)
