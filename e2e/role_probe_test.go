package e2e

import (
	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// probes are the calls of the role table with a token: at least one for every row.
var probes = append([]probe{
	{may: access.MayMintSessionToken, method: "GET", path: "/api/authorize/session_token/", noun: nothing, ok: 200},
	{may: access.MayReadSessions, method: "GET", path: "/api/authorize/sessions/", noun: nothing, ok: 200},
	{may: access.MayDeleteSession, method: "DELETE", path: "/api/authorize/sessions/{session}/", noun: sessions, ok: 204, spends: true},
	{may: access.MayReadTokens, method: "GET", path: "/api/users/{user}/tokens/", noun: services, ok: 200},
	{may: access.MayCreateToken, method: "POST", path: "/api/users/{user}/tokens/", noun: services, body: fixed(object{"name": "made"}), ok: 201},
	{may: access.MayDeleteToken, method: "DELETE", path: "/api/users/{user}/tokens/{token}/", noun: tokens, ok: 204, spends: true},
	{may: access.MayResetPassword, method: "POST", path: "/api/users/{user}/password_reset/", noun: spareUsers, body: fixed(object{}), ok: 201},

	{may: access.MayReadCompanies, method: "GET", path: "/api/companies/{company}/", noun: companies, ok: 200},
	{may: access.MayUpdateCompany, method: "PATCH", path: "/api/companies/{company}/", noun: companies, body: fixed(object{"meta_data": object{"probed": true}}), ok: 200},
	{may: access.MayDeleteCompany, method: "DELETE", path: "/api/companies/{company}/", noun: emptyCompanies, ok: 204, spends: true},
	{may: access.MayCreateCompany, method: "POST", path: "/api/companies/", noun: nothing, ok: 201,
		body: func(ids) any { return object{"name": unique("made")} }},

	{may: access.MayPreviewRetention, method: "GET", path: "/api/companies/{company}/retention_preview/?folder_days=1", noun: companies, ok: 200},
	{may: access.MayReadWebhookSecrets, method: "GET", path: "/api/companies/{company}/webhook_secrets/", noun: companies, ok: 200},
	{may: access.MayCreateWebhookSecret, method: "POST", path: "/api/companies/{company}/webhook_secrets/", noun: unsigned, ok: 201, spends: true},
	{may: access.MayDeleteWebhookSecret, method: "DELETE", path: "/api/companies/{company}/webhook_secrets/{secret}/", noun: webhookSecrets, ok: 204, spends: true},
	{may: access.MayReadDeliveries, method: "GET", path: "/api/webhooks/deliveries/{delivery}/", noun: deliveries, ok: 200},
	// Nobody answers at the address, so that the delivery is still pending: who may is told so.
	{may: access.MayRedeliver, method: "POST", path: "/api/webhooks/deliveries/{delivery}/redeliver/", noun: deliveries, ok: 409},
	{may: access.MayTestWebhook, method: "POST", path: "/api/webhooks/test/", noun: companies, ok: 200,
		body: func(i ids) any { return object{"url": noReceiver, "company_id": i["company"]} }},

	{may: access.MayReadUsers, method: "GET", path: "/api/users/{user}/", noun: usersNoun, ok: 200},
	{may: access.MayUpdateUser, method: "PATCH", path: "/api/users/{user}/", noun: usersNoun, body: fixed(object{"middle_name": "P"}), ok: 200},
	{may: access.MayDeleteUser, method: "DELETE", path: "/api/users/{user}/", noun: spareUsers, ok: 204, spends: true},
	{may: access.MayCreateUser, method: "POST", path: "/api/users/", noun: companies, ok: 201,
		body: func(i ids) any { return newUser(osprey.RoleClient, i["company"]) }},

	{may: access.MayReadCollections, method: "GET", path: "/api/collections/{collection}/", noun: collections, ok: 200},
	{may: access.MayUpdateCollection, method: "PATCH", path: "/api/collections/{collection}/", noun: collections, body: fixed(object{"threshold": 0.9}), ok: 200},
	{may: access.MayDeleteCollection, method: "DELETE", path: "/api/collections/{collection}/", noun: collections, ok: 204, spends: true},
	{may: access.MayCreateCollection, method: "POST", path: "/api/collections/", noun: companies, ok: 201,
		body: func(i ids) any { return object{"alias": unique("made"), "company_id": i["company"]} }},

	{may: access.MayReadPersons, method: "GET", path: "/api/collections/{collection}/persons/", noun: collections, ok: 200, within: access.MayReadCollections},
	{may: access.MayReadPersons, method: "GET", path: "/api/collections/{collection}/persons/{person}/", noun: personsNoun, ok: 200},
	{may: access.MayReadPersons, method: "GET", path: "/api/collections/{collection}/persons/{person}/images/", noun: personsNoun, ok: 200},
	{may: access.MayReadPersons, method: "GET", path: "/api/collections/{collection}/persons/{person}/images/{image}/", noun: photos, ok: 200},
	{may: access.MayAddPerson, method: "POST", path: "/api/collections/{collection}/persons/", noun: collections, body: onePhoto, ok: 201},
	{may: access.MayAddImages, method: "POST", path: "/api/collections/{collection}/persons/{person}/images/", noun: personsNoun, body: onePhoto, ok: 201},
	{may: access.MayUpdatePerson, method: "PATCH", path: "/api/collections/{collection}/persons/{person}/", noun: personsNoun, body: fixed(object{"meta_data": object{"probed": true}}), ok: 200},
	{may: access.MayDeletePerson, method: "DELETE", path: "/api/collections/{collection}/persons/{person}/", noun: personsNoun, ok: 204, spends: true},
	{may: access.MayDeleteImage, method: "DELETE", path: "/api/collections/{collection}/persons/{person}/images/{image}/", noun: photos, ok: 204, spends: true},
	{may: access.MayMoveImages, method: "POST", path: "/api/collections/{collection}/persons/{person}/move_images/", noun: personsNoun, ok: 200, spends: true,
		body: func(i ids) any { return object{"target_person_id": i["target"], "images": []string{i["image"]}} }},
	{may: access.MayExport, method: "GET", path: "/api/collections/{collection}/export/", noun: collections, ok: 200},
	{may: access.MayExport, method: "GET", path: "/api/collections/{collection}/persons/{person}/export/", noun: personsNoun, ok: 200},
	{may: access.MaySearchPhoto, method: "POST", path: "/api/collections/{collection}/search/", noun: collections, ok: 200,
		body: func(ids) any { return form(photo("photo", everyone.eli[0])) }},

	{may: access.MayReadFolders, method: "GET", path: "/api/folders/{folder}/", noun: folders, ok: 200},
	{may: access.MayReadFolders, method: "GET", path: "/api/folders/{folder}/media/", noun: folders, ok: 200},
	{may: access.MayReadFolders, method: "GET", path: "/api/media/{media}/", noun: mediaNoun, ok: 200},
	{may: access.MayCreateFolder, method: "POST", path: "/api/folders/", noun: companies, ok: 201, within: access.MayReadCompanies,
		body: func(i ids) any { return object{"company_id": i["company"]} }},
	{may: access.MayAddMedia, method: "POST", path: "/api/folders/{folder}/media/", noun: folders, ok: 201, spends: true,
		body: func(ids) any { return form(file("added", "added.png", pngOf(64, 64))) }},
	{may: access.MayUpdateMedia, method: "PATCH", path: "/api/media/{media}/", noun: mediaNoun, body: fixed(object{"tags": []string{"photo_selfie"}}), ok: 200},
	{may: access.MayReadFolders, method: "GET", path: "/api/media/{media}/", noun: resultImages, ok: 200},
	{may: access.MayUpdateMedia, method: "PATCH", path: "/api/media/{media}/", noun: resultImages, body: fixed(object{"tags": []string{"photo_id_portrait"}}), ok: 200},
	{may: access.MayDeleteFolder, method: "DELETE", path: "/api/folders/{folder}/", noun: folders, ok: 204, spends: true},
	{may: access.MayDeleteMedia, method: "DELETE", path: "/api/media/{media}/", noun: mediaNoun, ok: 204, spends: true},

	{may: access.MayStartAnalyses, method: "POST", path: "/api/folders/{folder}/analyses/", noun: folders, ok: 201, spends: true,
		body: func(i ids) any {
			return object{"analyses": []object{{"type": "COLLECTION", "collection_id": i["collection"]}}}
		}},
	{may: access.MayReadAnalyses, method: "GET", path: "/api/folders/{folder}/analyses/", noun: folders, ok: 200},
	{may: access.MayReadAnalyses, method: "GET", path: "/api/analyses/{analysis}/", noun: analyses, ok: 200},
	{may: access.MayGiveVerdict, method: "PATCH", path: "/api/analyses/{analysis}/", noun: analyses, body: fixed(object{"resolution_status": "SUCCESS"}), ok: 200, spends: true},
	{may: access.MayDeleteAnalysis, method: "DELETE", path: "/api/analyses/{analysis}/", noun: analyses, ok: 204, spends: true},

	{may: access.MayAnalyseInstantly, method: "POST", path: "/api/instant/folders/", noun: nothing, ok: 200,
		body: func(ids) any {
			return form(payload(object{"analyses": entriesOf("DOCUMENTS")}), photo("photo", everyone.eli[0]))
		}},
	{may: access.MayReadTemplates, method: "GET", path: "/api/templates/{template}/", noun: templates, ok: 200},
	{may: access.MayWriteTemplates, method: "POST", path: "/api/templates/", noun: companies, ok: 201, within: access.MayReadCompanies,
		body: func(i ids) any { return object{"name": "made", "company_id": i["company"]} }},
	{may: access.MayWriteTemplates, method: "PATCH", path: "/api/templates/{template}/", noun: templates, body: fixed(object{"title": "probed"}), ok: 200},
	{may: access.MayWriteTemplates, method: "POST", path: "/api/templates/{template}/attachments/", noun: templates, ok: 201,
		body: func(ids) any { return form(file("logo", "logo.png", pngOf(64, 64))) }},
	{may: access.MayWriteTemplates, method: "DELETE", path: "/api/templates/{template}/attachments/{attachment}/", noun: templates, ok: 204, spends: true},
	{may: access.MayWriteTemplates, method: "DELETE", path: "/api/templates/{template}/", noun: templates, ok: 204, spends: true},
	{may: access.MayMakeReport, method: "POST", path: "/api/folders/{folder}/reports/", noun: folders, body: fixed(object{"format": "json"}), ok: 201},
	{may: access.MayReadReports, method: "GET", path: "/api/reports/{report}/", noun: reports, ok: 200},
	{may: access.MayDeleteReport, method: "DELETE", path: "/api/reports/{report}/", noun: reports, ok: 204, spends: true},
	{may: access.MayReadStatistics, method: "GET", path: "/api/statistics/", noun: nothing, ok: 200},
	{may: access.MayReadUsage, method: "GET", path: "/api/usage/", noun: nothing, ok: 200},
	{may: access.MayReadAudit, method: "GET", path: "/api/audit/", noun: nothing, ok: 200},
	{may: access.MayReadAudit, method: "GET", path: "/api/audit/verify/", noun: nothing, ok: 200},

	{may: access.MayReadSystem, method: "GET", path: "/api/system/", noun: nothing, ok: 200},
	{may: access.MayReadSettings, method: "GET", path: "/api/settings/", noun: nothing, ok: 200},
	{may: access.MayChangeSettings, method: "PATCH", path: "/api/settings/", noun: nothing, body: fixed(object{}), ok: 200},
	{may: access.MayReadModels, method: "GET", path: "/api/models/", noun: nothing, ok: 200},
	{may: access.MayReadLicense, method: "GET", path: "/api/license/", noun: nothing, ok: 200},
}, metadataProbes()...)

// metadataProbes are the four calls on every kind of metadata.
func metadataProbes() []probe {
	var out []probe
	for _, k := range []struct {
		noun        noun
		read, write access.Endpoint
	}{
		{usersNoun, access.MayReadUserMetadata, access.MayWriteUserMetadata},
		{collections, access.MayReadCollectionMetadata, access.MayWriteCollectionMetadata},
		{personsNoun, access.MayReadPersonMetadata, access.MayWritePersonMetadata},
		{folders, access.MayReadFolderMetadata, access.MayWriteFolderMetadata},
		{mediaNoun, access.MayReadMediaMetadata, access.MayWriteMediaMetadata},
		{analyses, access.MayReadAnalysisMetadata, access.MayWriteAnalysisMetadata},
	} {
		path := k.noun.at + "meta_data/"
		out = append(out,
			probe{may: k.read, method: "GET", path: path, noun: k.noun, ok: 200},
			probe{may: k.write, method: "POST", path: path, noun: k.noun, body: fixed(object{"a": 1}), ok: 200},
			probe{may: k.write, method: "PATCH", path: path, noun: k.noun, body: fixed(object{"b": 2}), ok: 200},
			probe{may: k.write, method: "DELETE", path: path, noun: k.noun, ok: 204})
	}
	return out
}

func fixed(body object) func(ids) any { return func(ids) any { return body } }

func onePhoto(ids) any { return form(photo("image1", everyone.eli[1])) }
