// Package client speaks to an Osprey server. It needs nothing but the standard
// library.
//
//	c, err := client.New("https://osprey.example.com")
//	session, err := c.Login(ctx, "ca@example.com", password)
//	c = c.As(session.AccessToken)
//
//	list, err := c.CreateCollection(ctx, client.NewCollection{Alias: "blacklist"})
//	person, err := c.AddPerson(ctx, list.ID, client.Enrolment{
//		Photos:   []client.File{client.Path("image1", "john-1.jpg")},
//		Metadata: map[string]any{"person_info": map[string]any{"last_name": "Doe"}},
//	})
//
//	folder, err := c.CreateFolder(ctx, client.NewFolder{Files: []client.File{client.Path("photo1", "selfie.jpg")}})
//	started, err := c.StartAnalyses(ctx, folder.ID, client.NewAnalysis{Type: "COLLECTION"})
//	done, err := c.WaitAnalysis(ctx, started[0].ID)
//	done.Resolution // "DECLINED": the selfie matched somebody
//
// The other analyses take photos, videos and shot sets alike:
//
//	folder, err := c.CreateFolder(ctx, client.NewFolder{Files: []client.File{
//		{Field: "video1", Name: "a.mp4", Open: open, Tags: []string{"video_selfie", "video_selfie_blank"}},
//		client.Path("photo1", "passport.jpg"),
//	}})
//	_, err = c.StartAnalyses(ctx, folder.ID, client.NewAnalysis{Type: client.Quality}, client.NewAnalysis{Type: client.Biometry})
//	folder, err = c.WaitFolder(ctx, folder.ID)
//	folder.System                              // the word over both, "SUCCESS"
//	*folder.Analyses[0].Results.Spoofing       // 0.03: a living person
//	folder.Analyses[0].ResultsMedia[0].Output  // the best shot; c.Download reads it
//
// A capsule is an upload that cannot be changed on the way and is taken once:
//
//	token, err := c.SessionToken(ctx)
//	sealed, err := client.Capsule{Files: files, Payload: map[string]any{"analyses": analyses}}.Seal(token)
//	folder, err := c.SendCapsule(ctx, sealed)
//
// A refusal of the server is an [*Error] with the contract's code and details;
// [IsCode] asks for one. Nothing is repeated by itself: an error with RetryAfter
// says when to come again.
//
// A server on the same machine can be spoken to through its socket,
// client.New("unix:///var/lib/osprey/osprey.sock"), without a token: whoever may
// open the socket owns the data.
package client
