def test_a_path_that_is_not_there_is_named_with_a_similar_one(tmp_path):
    (tmp_path / "shards").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no such file \(did you mean '.*shards'\?\)"):
        nn.stream(tmp_path / "shard", targets="y")
