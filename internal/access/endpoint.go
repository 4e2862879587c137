package access

// Endpoint names a call, or several that the role table treats alike, by what it
// lets a caller do.
type Endpoint string

// The endpoints of this build.
const (
	MayLogin          Endpoint = "session.login"
	MayRequestRestore Endpoint = "restore.request"
	MayConfirmRestore Endpoint = "restore.confirm"
	MayRefresh        Endpoint = "session.refresh"
	MayLogout         Endpoint = "session.logout"
	MayReadSessions   Endpoint = "session.read"
	// MayMintSessionToken is for what signs a capsule, not for a session of a user.
	MayMintSessionToken Endpoint = "session_token.create"
	MayDeleteSession    Endpoint = "session.delete"
	MayReadTokens       Endpoint = "token.read"
	MayCreateToken      Endpoint = "token.create"
	MayDeleteToken      Endpoint = "token.delete"
	MayResetPassword    Endpoint = "user.password_reset"

	MayReadCompanies    Endpoint = "company.read"
	MayCreateCompany    Endpoint = "company.create"
	MayUpdateCompany    Endpoint = "company.change"
	MayDeleteCompany    Endpoint = "company.delete"
	MayPreviewRetention Endpoint = "retention.preview"

	MayReadWebhookSecrets  Endpoint = "webhook_secret.read"
	MayCreateWebhookSecret Endpoint = "webhook_secret.create"
	MayDeleteWebhookSecret Endpoint = "webhook_secret.delete"
	MayReadDeliveries      Endpoint = "webhook_delivery.read"
	MayRedeliver           Endpoint = "webhook_delivery.redeliver"
	MayTestWebhook         Endpoint = "webhook.test"

	MayReadUsers         Endpoint = "user.read"
	MayCreateUser        Endpoint = "user.create"
	MayUpdateUser        Endpoint = "user.change"
	MayDeleteUser        Endpoint = "user.delete"
	MayReadUserMetadata  Endpoint = "user.metadata.read"
	MayWriteUserMetadata Endpoint = "user.metadata.change"

	MayReadCollections         Endpoint = "collection.read"
	MayCreateCollection        Endpoint = "collection.create"
	MayUpdateCollection        Endpoint = "collection.change"
	MayDeleteCollection        Endpoint = "collection.delete"
	MayReadCollectionMetadata  Endpoint = "collection.metadata.read"
	MayWriteCollectionMetadata Endpoint = "collection.metadata.change"
	MayExport                  Endpoint = "collection.export"
	MaySearchPhoto             Endpoint = "collection.search"

	MayReadPersons         Endpoint = "person.read" // persons and their photos
	MayAddPerson           Endpoint = "person.create"
	MayAddImages           Endpoint = "image.create"
	MayUpdatePerson        Endpoint = "person.change"
	MayDeletePerson        Endpoint = "person.delete"
	MayDeleteImage         Endpoint = "image.delete"
	MayMoveImages          Endpoint = "image.move"
	MayReadPersonMetadata  Endpoint = "person.metadata.read"
	MayWritePersonMetadata Endpoint = "person.metadata.change"

	MayReadFolders         Endpoint = "folder.read" // folders and their media
	MayCreateFolder        Endpoint = "folder.create"
	MayAddMedia            Endpoint = "media.create"
	MayUpdateMedia         Endpoint = "media.change"
	MayDeleteFolder        Endpoint = "folder.delete"
	MayDeleteMedia         Endpoint = "media.delete"
	MayReadFolderMetadata  Endpoint = "folder.metadata.read"
	MayWriteFolderMetadata Endpoint = "folder.metadata.change"
	MayReadMediaMetadata   Endpoint = "media.metadata.read"
	MayWriteMediaMetadata  Endpoint = "media.metadata.change"

	MayStartAnalyses         Endpoint = "analysis.create"
	MayAnalyseInstantly      Endpoint = "instant.create"
	MayReadAnalyses          Endpoint = "analysis.read"
	MayGiveVerdict           Endpoint = "analysis.verdict"
	MayDeleteAnalysis        Endpoint = "analysis.delete"
	MayReadAnalysisMetadata  Endpoint = "analysis.metadata.read"
	MayWriteAnalysisMetadata Endpoint = "analysis.metadata.change"

	MayReadTemplates  Endpoint = "template.read"
	MayWriteTemplates Endpoint = "template.change"
	MayMakeReport     Endpoint = "report.create"
	MayReadReports    Endpoint = "report.read"
	MayDeleteReport   Endpoint = "report.delete"
	MayReadStatistics Endpoint = "statistics.read"
	MayReadUsage      Endpoint = "usage.read"
	MayReadAudit      Endpoint = "audit.read" // records and their verification

	MayReadSystem     Endpoint = "system.read"
	MayReadSettings   Endpoint = "setting.read"
	MayChangeSettings Endpoint = "setting.change"
	MayReadModels     Endpoint = "model.read"
	MayReadLicense    Endpoint = "license.read"
	MayReadVersion    Endpoint = "version.read" // version and healthcheck
)
