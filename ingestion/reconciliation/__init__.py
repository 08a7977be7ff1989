"""Daily: does the warehouse hold what the sources hold?"""
