async def test_story(world):
    p = world.people
    async with world.http(p.alice) as http:
        r = await http.get("/media/search", params={"query": "the matrix & co"})
        print(r.status_code, r.text[:300])
        r = await http.get("/media/search?query=matrix")
        print(r.status_code, r.text[:1500])
        r = await http.get("/media/tv/1396")
        print(r.status_code, r.text[:600])
        r = await http.get("/media/discover/trending")
        print(r.status_code, len(r.json()["items"]))
        r = await http.get("/media/discover/upcoming-series")
        print(r.status_code, len(r.json()["items"]))
        r = await http.get("/media/artwork/poster/poster-603.jpg?width=154")
        print(r.status_code, r.headers, len(r.content))
        r = await http.post("/requests", json={"media_type": "movie", "tmdb_id": 604})
        print(r.status_code, r.text)
        rid = r.json()["id"]
        r = await http.get("/requests")
        print(r.status_code, r.text)
    async with world.http(p.owner) as http:
        r = await http.post(f"/requests/{rid}/approve")
        print(r.status_code, r.text)
    await world.submit_all()
    print(await world.said(), world.sandbox.requests())
    async with world.http(p.alice) as http:
        r = await http.get("/requests")
        print(r.status_code, r.text)
        for u in (
            "sections",
            "sections/1/items?limit=3",
            "recently-added?limit=2",
            "search?query=matrix",
            "collections",
        ):
            r = await http.get("/library/" + u)
            print(r.status_code, r.text[:700])
        t = (await http.get("/library/recently-added?limit=2")).json()["items"][0]["thumb_url"]
        r = await http.get(t.removeprefix("/api/v1"))
        print(t, r.status_code, len(r.content))
    assert 0
