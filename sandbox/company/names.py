"""Invented names and places for invented people."""

FIRST_NAMES = (
    ("Ada", "f"), ("Amara", "f"), ("Ana", "f"), ("Aoife", "f"), ("Asha", "f"),
    ("Chloe", "f"), ("Dalia", "f"), ("Elena", "f"), ("Emma", "f"), ("Farah", "f"),
    ("Freya", "f"), ("Grace", "f"), ("Hana", "f"), ("Ines", "f"), ("Julia", "f"),
    ("Keiko", "f"), ("Laila", "f"), ("Maria", "f"), ("Mei", "f"), ("Nadia", "f"),
    ("Olivia", "f"), ("Priya", "f"), ("Rosa", "f"), ("Sofia", "f"), ("Zoe", "f"),
    ("Adam", "m"), ("Ali", "m"), ("Andre", "m"), ("Arjun", "m"), ("Ben", "m"),
    ("Carlos", "m"), ("Chen", "m"), ("Daniel", "m"), ("David", "m"), ("Emil", "m"),
    ("Felix", "m"), ("Hugo", "m"), ("Ibrahim", "m"), ("Jack", "m"), ("Jonas", "m"),
    ("Kenji", "m"), ("Leo", "m"), ("Luca", "m"), ("Marco", "m"), ("Mateo", "m"),
    ("Noah", "m"), ("Omar", "m"), ("Pavel", "m"), ("Ravi", "m"), ("Tom", "m"),
)  # fmt: skip
LAST_NAMES = (
    "Adeyemi", "Ahmed", "Andersson", "Bauer", "Brown", "Castillo", "Chen", "Cohen",
    "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Haddad", "Hansen", "Ito",
    "Jansen", "Jones", "Kaya", "Khan", "Kim", "Kowalski", "Lee", "Lopez", "Martin",
    "Mensah", "Miller", "Moreau", "Murphy", "Nguyen", "Novak", "Okafor", "Olsen",
    "Patel", "Petrov", "Quinn", "Reyes", "Rossi", "Sato", "Schmidt", "Shah", "Silva",
    "Singh", "Smith", "Svensson", "Tanaka", "Taylor", "Walsh", "Weber", "Wong",
)  # fmt: skip
PLACES = (
    ("New York", "US"), ("Chicago", "US"), ("Austin", "US"), ("Seattle", "US"),
    ("Boston", "US"), ("Denver", "US"), ("Toronto", "CA"), ("Vancouver", "CA"),
    ("London", "GB"), ("Leeds", "GB"), ("Dublin", "IE"), ("Sydney", "AU"),
)  # fmt: skip
COMPANY_NOUNS = ("Interiors", "Gifts", "Trading", "Stores", "Supplies", "Market")
INDUSTRIES = ("Retail", "Hospitality", "Interior Design", "Events")
