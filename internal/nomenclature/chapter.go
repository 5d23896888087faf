package nomenclature

// chapters are the titles of the chapters of the Harmonized System (2022),
// shortened; 77 is reserved, 98 and 99 are for national use.
var chapters = [...]string{
	1: "Live animals", 2: "Meat", 3: "Fish and other seafood", 4: "Dairy produce, eggs, honey", 5: "Other products of animal origin",
	6: "Live trees and plants, cut flowers", 7: "Vegetables", 8: "Fruit and nuts", 9: "Coffee, tea, spices", 10: "Cereals",
	11: "Products of milling, malt, starches", 12: "Oil seeds, seeds, medicinal plants, fodder", 13: "Lac, gums, resins", 14: "Vegetable plaiting materials",
	15: "Fats and oils", 16: "Preparations of meat, fish, insects", 17: "Sugars and confectionery", 18: "Cocoa", 19: "Preparations of cereals, flour, milk; bakery",
	20: "Preparations of vegetables, fruit, nuts", 21: "Miscellaneous edible preparations", 22: "Beverages, spirits, vinegar", 23: "Residues of the food industries, fodder",
	24: "Tobacco and nicotine products", 25: "Salt, sulphur, earths, stone, lime, cement", 26: "Ores, slag, ash", 27: "Mineral fuels and oils", 28: "Inorganic chemicals, rare-earth metals",
	29: "Organic chemicals", 30: "Pharmaceutical products", 31: "Fertilisers", 32: "Dyes, pigments, paints, inks", 33: "Essential oils, perfumery, cosmetics",
	34: "Soap, waxes, candles", 35: "Albuminoids, glues, enzymes", 36: "Explosives, matches", 37: "Photographic goods", 38: "Miscellaneous chemical products", 39: "Plastics",
	40: "Rubber", 41: "Raw hides, leather", 42: "Articles of leather, travel goods", 43: "Furskins", 44: "Wood", 45: "Cork", 46: "Straw and basketware",
	47: "Pulp, recovered paper", 48: "Paper and paperboard", 49: "Printed books, newspapers, pictures", 50: "Silk", 51: "Wool and animal hair", 52: "Cotton",
	53: "Other vegetable textile fibres", 54: "Man-made filaments", 55: "Man-made staple fibres", 56: "Wadding, felt, nonwovens, ropes", 57: "Carpets",
	58: "Special woven fabrics, lace, embroidery", 59: "Coated and technical textiles", 60: "Knitted fabrics", 61: "Clothing, knitted", 62: "Clothing, not knitted",
	63: "Other made-up textiles, rags", 64: "Footwear", 65: "Headgear", 66: "Umbrellas, walking sticks", 67: "Feathers, artificial flowers", 68: "Articles of stone, plaster, cement",
	69: "Ceramics", 70: "Glass", 71: "Pearls, precious stones and metals, jewellery", 72: "Iron and steel", 73: "Articles of iron or steel", 74: "Copper", 75: "Nickel", 76: "Aluminium",
	78: "Lead", 79: "Zinc", 80: "Tin", 81: "Other base metals, cermets", 82: "Tools and cutlery of base metal", 83: "Miscellaneous articles of base metal",
	84: "Machinery and computers", 85: "Electrical machinery and electronics", 86: "Railway equipment", 87: "Vehicles other than railway", 88: "Aircraft, spacecraft",
	89: "Ships and boats", 90: "Optical, measuring, medical instruments", 91: "Clocks and watches", 92: "Musical instruments", 93: "Arms and ammunition",
	94: "Furniture, bedding, lamps, prefabricated buildings", 95: "Toys, games, sports equipment", 96: "Miscellaneous manufactured articles", 97: "Works of art, antiques",
	98: "Special classification provisions", 99: "Temporary legislation and additional duties",
}

// Chapter returns in short what the chapter of the code holds; "" where there is
// none of that number.
func (c Code) Chapter() string {
	if len(c) < 2 {
		return ""
	}
	n := int(c[0]-'0')*10 + int(c[1]-'0')
	if n >= len(chapters) {
		return ""
	}
	return chapters[n]
}
