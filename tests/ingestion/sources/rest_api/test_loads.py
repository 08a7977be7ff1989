def test_first(helpdesk):
    assert helpdesk.load() == {"tickets": 350}
    assert helpdesk.ids() == list(range(350))
    assert helpdesk.load() == {}
    print([ (a.path,a.query) for a in helpdesk.tool.asked])
