package httpapi

import (
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// routes is every call of the API. A trailing slash is dropped before a path is
// looked up here; OPTIONS, HEAD and 405 follow from the table.
func routes() []route {
	return append(calls, metadataRoutes()...)
}

const (
	collectionPath = "/api/collections/{collection_id}"
	personsPath    = collectionPath + "/persons"
	personPath     = personsPath + "/{person_id}"
	imagesPath     = personPath + "/images"
	templatePath   = "/api/templates/{template_id}"
)

var calls = []route{
	{"POST", "/api/authorize/auth", access.MayLogin, (*API).login},
	{"POST", "/api/authorize/refresh", access.MayRefresh, (*API).refresh},
	{"POST", "/api/authorize/logout", access.MayLogout, (*API).logout},
	{"GET", "/api/authorize/session_token", access.MayMintSessionToken, (*API).createSessionToken},
	{"GET", "/api/authorize/sessions", access.MayReadSessions, (*API).listSessions},
	{"DELETE", "/api/authorize/sessions/{session_id}", access.MayDeleteSession, (*API).deleteSession},
	{"POST", "/api/authorize/restore", access.MayRequestRestore, (*API).requestRestore},
	{"POST", "/api/authorize/restore/confirm", access.MayConfirmRestore, (*API).confirmRestore},

	{"GET", "/api/companies", access.MayReadCompanies, (*API).listCompanies},
	{"POST", "/api/companies", access.MayCreateCompany, (*API).createCompany},
	{"GET", "/api/companies/{company_id}", access.MayReadCompanies, (*API).getCompany},
	{"PATCH", "/api/companies/{company_id}", access.MayUpdateCompany, (*API).updateCompany},
	{"DELETE", "/api/companies/{company_id}", access.MayDeleteCompany, (*API).deleteCompany},
	{"GET", "/api/companies/{company_id}/retention_preview", access.MayPreviewRetention, (*API).previewRetention},

	{"GET", "/api/companies/{company_id}/webhook_secrets", access.MayReadWebhookSecrets, (*API).listWebhookSecrets},
	{"POST", "/api/companies/{company_id}/webhook_secrets", access.MayCreateWebhookSecret, (*API).createWebhookSecret},
	{"DELETE", "/api/companies/{company_id}/webhook_secrets/{secret_id}", access.MayDeleteWebhookSecret, (*API).deleteWebhookSecret},
	{"GET", "/api/webhooks/deliveries", access.MayReadDeliveries, (*API).listDeliveries},
	{"GET", "/api/webhooks/deliveries/{delivery_id}", access.MayReadDeliveries, (*API).getDelivery},
	{"POST", "/api/webhooks/deliveries/{delivery_id}/redeliver", access.MayRedeliver, (*API).redeliver},
	{"POST", "/api/webhooks/test", access.MayTestWebhook, (*API).testWebhook},

	{"GET", "/api/users", access.MayReadUsers, (*API).listUsers},
	{"POST", "/api/users", access.MayCreateUser, (*API).createUser},
	{"GET", "/api/users/{user_id}", access.MayReadUsers, (*API).getUser},
	{"PATCH", "/api/users/{user_id}", access.MayUpdateUser, (*API).updateUser},
	{"DELETE", "/api/users/{user_id}", access.MayDeleteUser, (*API).deleteUser},
	{"GET", "/api/users/{user_id}/tokens", access.MayReadTokens, (*API).listTokens},
	{"POST", "/api/users/{user_id}/tokens", access.MayCreateToken, (*API).createToken},
	{"DELETE", "/api/users/{user_id}/tokens/{token_id}", access.MayDeleteToken, (*API).deleteToken},
	{"POST", "/api/users/{user_id}/password_reset", access.MayResetPassword, (*API).resetPassword},

	{"GET", "/api/collections", access.MayReadCollections, (*API).listCollections},
	{"POST", "/api/collections", access.MayCreateCollection, (*API).createCollection},
	{"GET", collectionPath, access.MayReadCollections, (*API).getCollection},
	{"PATCH", collectionPath, access.MayUpdateCollection, (*API).updateCollection},
	{"DELETE", collectionPath, access.MayDeleteCollection, (*API).deleteCollection},
	{"GET", collectionPath + "/export", access.MayExport, (*API).exportCollection},
	{"POST", collectionPath + "/search", access.MaySearchPhoto, (*API).searchCollection},
	{"GET", personsPath, access.MayReadPersons, (*API).listPersons},
	{"POST", personsPath, access.MayAddPerson, (*API).addPerson},
	{"GET", personPath, access.MayReadPersons, (*API).getPerson},
	{"PATCH", personPath, access.MayUpdatePerson, (*API).updatePerson},
	{"DELETE", personPath, access.MayDeletePerson, (*API).deletePerson},
	{"POST", personPath + "/move_images", access.MayMoveImages, (*API).moveImages},
	{"GET", personPath + "/export", access.MayExport, (*API).exportPerson},
	{"GET", imagesPath, access.MayReadPersons, (*API).listImages},
	{"POST", imagesPath, access.MayAddImages, (*API).addImages},
	{"GET", imagesPath + "/{image_id}", access.MayReadPersons, (*API).getImage},
	{"DELETE", imagesPath + "/{image_id}", access.MayDeleteImage, (*API).deleteImage},

	{"GET", "/api/folders", access.MayReadFolders, (*API).listFolders},
	{"POST", "/api/folders", access.MayCreateFolder, (*API).createFolder},
	{"GET", "/api/folders/{folder_id}", access.MayReadFolders, (*API).getFolder},
	{"DELETE", "/api/folders/{folder_id}", access.MayDeleteFolder, (*API).deleteFolder},
	{"GET", "/api/folders/{folder_id}/media", access.MayReadFolders, (*API).listMedia},
	{"POST", "/api/folders/{folder_id}/media", access.MayAddMedia, (*API).addMedia},
	{"GET", "/api/folders/{folder_id}/analyses", access.MayReadAnalyses, (*API).listFolderAnalyses},
	{"POST", "/api/folders/{folder_id}/analyses", access.MayStartAnalyses, (*API).startAnalyses},
	{"POST", "/api/instant/folders", access.MayAnalyseInstantly, (*API).instantFolder},
	{"GET", "/api/media/{media_id}", access.MayReadFolders, (*API).getMedia},
	{"PATCH", "/api/media/{media_id}", access.MayUpdateMedia, (*API).updateMedia},
	{"DELETE", "/api/media/{media_id}", access.MayDeleteMedia, (*API).deleteMedia},

	{"GET", "/api/analyses", access.MayReadAnalyses, (*API).listAnalyses},
	{"GET", "/api/analyses/{analysis_id}", access.MayReadAnalyses, (*API).getAnalysis},
	{"PATCH", "/api/analyses/{analysis_id}", access.MayGiveVerdict, (*API).giveVerdict},
	{"DELETE", "/api/analyses/{analysis_id}", access.MayDeleteAnalysis, (*API).deleteAnalysis},

	{"GET", "/api/templates", access.MayReadTemplates, (*API).listTemplates},
	{"POST", "/api/templates", access.MayWriteTemplates, (*API).createTemplate},
	{"GET", templatePath, access.MayReadTemplates, (*API).getTemplate},
	{"PATCH", templatePath, access.MayWriteTemplates, (*API).updateTemplate},
	{"DELETE", templatePath, access.MayWriteTemplates, (*API).deleteTemplate},
	{"POST", templatePath + "/attachments", access.MayWriteTemplates, (*API).attach},
	{"DELETE", templatePath + "/attachments/{attachment_id}", access.MayWriteTemplates, (*API).detach},
	{"POST", "/api/folders/{folder_id}/reports", access.MayMakeReport, (*API).makeReport},
	{"GET", "/api/reports", access.MayReadReports, (*API).listReports},
	{"GET", "/api/reports/{report_id}", access.MayReadReports, (*API).getReport},
	{"DELETE", "/api/reports/{report_id}", access.MayDeleteReport, (*API).deleteReport},
	{"GET", "/api/statistics", access.MayReadStatistics, (*API).statistics},
	{"GET", "/api/usage", access.MayReadUsage, (*API).usage},
	{"GET", "/api/audit", access.MayReadAudit, (*API).listAudit},
	{"GET", "/api/audit/verify", access.MayReadAudit, (*API).verifyAudit},

	{"GET", "/api/settings", access.MayReadSettings, (*API).listSettings},
	{"PATCH", "/api/settings", access.MayChangeSettings, (*API).updateSettings},
	{"GET", "/api/system", access.MayReadSystem, (*API).system},
	{"GET", "/api/models", access.MayReadModels, (*API).listModels},
	{"GET", "/api/license", access.MayReadLicense, (*API).license},
	{"GET", "/api/version", access.MayReadVersion, (*API).version},
	{"GET", "/api/healthcheck", access.MayReadVersion, (*API).healthcheck},
	{"POST", "/api/event_sessions", access.MayReadVersion, (*API).createEventSession},
	{"GET", "/api/ab-testings-configs", access.MayReadVersion, (*API).listTestConfigs},

	{"GET", "/static/{owner_id}/{file}", open, (*API).staticMedia},
	{"GET", "/healthz", open, (*API).alive},
	{"GET", "/livez", open, (*API).alive},
	{"GET", "/readyz", open, (*API).ready},
	{"GET", "/metrics", open, (*API).metrics},
	{"GET", "/openapi.json", open, (*API).openapiJSON},
	{"GET", "/openapi.yaml", open, (*API).openapiYAML},
	{"GET", "/licenses", open, (*API).licenses},
}

// metadataRoutes are the four calls of api.md 14 for each kind of object, under
// both spellings of their last word.
func metadataRoutes() []route {
	var table []route
	for _, k := range []struct {
		path        string
		of          metadataOf
		read, write access.Endpoint
	}{
		{"/api/users/{user_id}", metadataOf{store.KindUser, "user_id"}, access.MayReadUserMetadata, access.MayWriteUserMetadata},
		{"/api/folders/{folder_id}", metadataOf{store.KindFolder, "folder_id"}, access.MayReadFolderMetadata, access.MayWriteFolderMetadata},
		{"/api/media/{media_id}", metadataOf{store.KindMedia, "media_id"}, access.MayReadMediaMetadata, access.MayWriteMediaMetadata},
		{"/api/analyses/{analysis_id}", metadataOf{store.KindAnalysis, "analysis_id"}, access.MayReadAnalysisMetadata, access.MayWriteAnalysisMetadata},
		{collectionPath, metadataOf{store.KindCollection, "collection_id"}, access.MayReadCollectionMetadata, access.MayWriteCollectionMetadata},
		{personPath, metadataOf{store.KindPerson, "person_id"}, access.MayReadPersonMetadata, access.MayWritePersonMetadata},
	} {
		for _, word := range []string{"/meta_data", "/metadata"} {
			table = append(table,
				route{"GET", k.path + word, k.read, k.of.get},
				route{"POST", k.path + word, k.write, k.of.replace},
				route{"PATCH", k.path + word, k.write, k.of.merge},
				route{"DELETE", k.path + word, k.write, k.of.empty})
		}
	}
	return table
}
